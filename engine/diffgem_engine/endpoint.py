"""Where an engine listens, for both sides of the connection.  Standard library and attrs only."""

import ipaddress
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

WS_PATH = "/v1/ws"
EXIT_IN_USE = 3  # exit code of an engine that found another one on its endpoint
LONGEST_PORT = 5  # digits
MAX_PATH = 100  # bytes; Linux takes 107, macOS 103
_HOST = re.compile(r"[A-Za-z0-9._:%-]{1,253}")
_NO_PATH = re.compile(r"(?!unix:)[A-Za-z][A-Za-z0-9+.-]*://|[^/:]+:[0-9]+$")
HOW_BEYOND_LOOPBACK = (
    "use tls://HOST:PORT, where the engine has been started with --tls-cert FILE, --tls-key FILE "
    "and a token that `diffgem-engine token add NAME` made"
)


class EndpointError(Exception):
    """An endpoint that cannot be used, in one line that says what to do."""

    exit_code = 2


class EndpointInUse(EndpointError):
    """Another engine serves there."""

    exit_code = EXIT_IN_USE


@frozen
class UnixEndpoint:
    """A unix socket in a folder that only its owner can enter."""

    path: Path

    def __attrs_post_init__(self) -> None:
        if not _fits(self.path):
            raise EndpointError(
                f"socket path {self.path} is too long: give one under {MAX_PATH} bytes"
            )

    def __str__(self) -> str:
        return f"unix:{self.path}"


@frozen
class TcpEndpoint:
    """A port of this machine's loopback interface; 0 lets the system choose."""

    host: str
    port: int

    def __attrs_post_init__(self) -> None:
        if not is_loopback(self.host):
            raise EndpointError(
                f"{self.host} is not a loopback address, and beyond loopback there is TLS with "
                f"tokens alone: {HOW_BEYOND_LOOPBACK}, or use an SSH tunnel"
            )
        _check_port(self.port)

    def __str__(self) -> str:
        return f"tcp://{_bracketed(self.host)}:{self.port}"


@frozen
class TlsEndpoint:
    """A port of any interface, with TLS, for who has a token; 0 lets the system choose."""

    host: str
    port: int

    def __attrs_post_init__(self) -> None:
        if not _HOST.fullmatch(self.host):
            raise EndpointError(f"{self.host!r} is no host: give a name or an address")
        _check_port(self.port)

    def __str__(self) -> str:
        return f"tls://{_bracketed(self.host)}:{self.port}"


Endpoint = UnixEndpoint | TcpEndpoint | TlsEndpoint


def parse_endpoint(text: str) -> Endpoint:
    """`tls://HOST:PORT`, `tcp://HOST:PORT`, `unix:PATH` or a bare path.  Raises EndpointError."""
    if text.startswith("tcp://"):
        return parse_tcp(text)
    if text.startswith("tls://"):
        return TlsEndpoint(*_host_and_port(text))
    if _NO_PATH.match(text):  # or an engine of this machine would be started on a socket named so
        raise EndpointError(
            f"{text} is no endpoint of an engine: give a path, tcp://HOST:PORT on this machine, or "
            "tls://HOST:PORT"
        )
    path = text.removeprefix("unix:")
    if not path:
        raise EndpointError("the socket path is empty: give a path, tcp:// or tls://HOST:PORT")
    try:
        return UnixEndpoint(Path(path).expanduser().absolute())
    except (OSError, RuntimeError) as error:  # a working folder that is gone; ~nobody
        why = getattr(error, "strerror", None) or error
        raise EndpointError(f"socket path {text}: {why}; give another") from error


def parse_tcp(text: str) -> TcpEndpoint:
    """`tcp://HOST:PORT` alone.  Raises EndpointError."""
    return TcpEndpoint(*_host_and_port(text))


def _host_and_port(text: str) -> tuple[str, int]:
    scheme, _, place = text.partition("://")
    host, _, port = place.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal() and len(port) <= LONGEST_PORT):
        raise EndpointError(f"{text} is no endpoint of an engine: give {scheme}://HOST:PORT")
    return host.strip("[]"), int(port)


def _check_port(port: int) -> None:
    if not 0 <= port <= 65535:
        raise EndpointError(f"port must be 0..65535, not {port}")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def default_endpoint(environ: Mapping[str, str] = os.environ) -> Endpoint:
    """DIFFGEM_SOCKET, else a socket in the user's runtime or cache folder, else under /tmp."""
    if chosen := environ.get("DIFFGEM_SOCKET"):
        return parse_endpoint(chosen)
    path = (_runtime_folder(environ) or cache_folder(environ)) / "engine.sock"
    if not (_fits(path) and path.is_absolute()):
        path = Path(f"/tmp/diffgem-{os.getuid()}/engine.sock")
    return UnixEndpoint(path)


def lock_file(endpoint: UnixEndpoint) -> Path:
    """An engine holds its lock, and has its process id in it, while it has the endpoint."""
    return Path(f"{endpoint.path}.lock")


def engine_pid(endpoint: Endpoint) -> int | None:
    """Of the engine that has a unix endpoint, where that can be read."""
    if not isinstance(endpoint, UnixEndpoint):
        return None
    try:
        return int(lock_file(endpoint).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _runtime_folder(environ: Mapping[str, str]) -> Path | None:
    """Not every session has one: after `su` the variable names another user's, or nothing."""
    runtime = Path(environ.get("XDG_RUNTIME_DIR") or "/nowhere")
    try:
        found = runtime.stat()
    except OSError:
        return None
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return runtime / "diffgem" if ours else None


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the engine's log lies, and its socket if there is no runtime folder.

    Raises EndpointError where nobody knows.
    """
    chosen = Path(environ.get("XDG_CACHE_HOME") or "")
    if chosen.is_absolute():  # a relative one is to be ignored, its specification says
        return chosen / "diffgem"
    home = environ.get("HOME")
    try:
        return (Path(home) if home else Path.home()) / ".cache" / "diffgem"
    except RuntimeError as error:
        raise EndpointError(
            "this user has no home folder: set HOME, or name a folder by XDG_CACHE_HOME"
        ) from error


def check_folder(folder: Path) -> None:
    """Raise EndpointError unless `folder` is a folder of this user's that no one else can enter.

    Who can enter it could put a socket of their own there and read what users type.
    """
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise EndpointError(f"{folder} is not a folder: remove it or give another socket path")
    if found.st_uid != os.getuid():
        raise EndpointError(
            f"{folder} belongs to another user: give a socket path in a folder of your own"
        )
    if found.st_mode & 0o077:
        raise EndpointError(
            f"{folder} is open to other users: give a socket in a folder of its own, such as "
            f"{folder / 'diffgem' / 'engine.sock'}, which is made private"
        )


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) < MAX_PATH


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
