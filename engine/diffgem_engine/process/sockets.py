"""Claim an endpoint before the model loads, so that a second engine fails at once."""

import contextlib
import errno
import fcntl
import os
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from attrs import evolve, frozen

from diffgem_engine.endpoint import (
    Endpoint,
    EndpointError,
    EndpointInUse,
    TcpEndpoint,
    TlsEndpoint,
    UnixEndpoint,
    check_folder,
    engine_pid,
    lock_file,
)

PATIENCE_S, PAUSE_S = 1.0, 0.01  # with those who only look


@frozen
class Claim:
    """A listening socket and the endpoint that it really has (port 0 is filled in)."""

    socket: socket.socket
    endpoint: Endpoint

    def withdraw(self) -> None:
        """Let no more clients find it; those that are connected stay."""
        if isinstance(self.endpoint, UnixEndpoint):
            self.endpoint.path.unlink(missing_ok=True)
        self.socket.close()


@contextlib.contextmanager
def claimed(endpoint: Endpoint) -> Iterator[Claim]:
    """Listen on `endpoint` until the block ends.  Raises EndpointError, EndpointInUse."""
    if isinstance(endpoint, UnixEndpoint):
        with (
            _locked(endpoint) as lock,
            contextlib.closing(_listen_unix(endpoint)) as listener,
            _signed(lock),
        ):
            claim = Claim(listener, endpoint)
            try:
                yield claim
            finally:
                claim.withdraw()
    else:
        with contextlib.closing(_listen_tcp(endpoint)) as listener:
            yield Claim(listener, evolve(endpoint, port=listener.getsockname()[1]))


@contextlib.contextmanager
def _locked(endpoint: UnixEndpoint) -> Iterator[int]:
    """Hold the lock file, which two engines that start at once cannot both have.

    The file stays: removing it would let a third engine lock a new file of the same name.
    """
    _make_folder(endpoint.path.parent)
    lock = lock_file(endpoint)
    with _usable(lock):
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        with _usable(lock):
            _lock(handle, endpoint)
            os.ftruncate(handle, 0)  # the number of one that was killed is a stranger's by now
        yield handle
    finally:
        os.close(handle)


@contextlib.contextmanager
def _signed(lock: int) -> Iterator[None]:
    """With our process id in it, for who is refused and wants to know by whom."""
    os.pwrite(lock, b"%d" % os.getpid(), 0)
    try:
        yield
    finally:
        os.ftruncate(lock, 0)


def _lock(handle: int, endpoint: UnixEndpoint) -> None:
    """Who looks whether an engine lives (`forget`) shares the lock for a moment: that is none."""
    until = time.monotonic() + PATIENCE_S
    while not _locks(handle, fcntl.LOCK_EX):
        if not _locks(handle, fcntl.LOCK_SH) or time.monotonic() > until:
            raise _in_use(endpoint)
        fcntl.flock(handle, fcntl.LOCK_UN)  # two engines that share it would wait for each other
        time.sleep(PAUSE_S)


def _locks(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _usable(path: Path) -> Iterator[None]:
    """What the system refuses becomes an EndpointError that names `path`."""
    try:
        yield
    except OSError as error:
        raise EndpointError(
            f"cannot use {path}: {error.strerror}; check who owns it, or give another socket path"
        ) from error


def _make_folder(folder: Path) -> None:
    with _usable(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        check_folder(folder)


def _listen_unix(endpoint: UnixEndpoint) -> socket.socket:
    with _usable(endpoint.path):
        _remove_dead(endpoint)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # bind creates the file: only the mask makes it 0600 from its first instant
    mask = os.umask(0o177)
    try:
        with _usable(endpoint.path):
            listener.bind(str(endpoint.path))
            listener.listen()
    except EndpointError:
        listener.close()
        raise
    finally:
        os.umask(mask)
    return listener


def _remove_dead(endpoint: UnixEndpoint) -> None:
    """Unlink the socket that a killed engine left; one that answers is another engine's."""
    try:
        found = endpoint.path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise EndpointError(f"{endpoint.path} is not a socket: remove it or give another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(endpoint.path))
        except ConnectionRefusedError:
            endpoint.path.unlink()
        else:
            raise _in_use(endpoint)


def _listen_tcp(endpoint: TcpEndpoint | TlsEndpoint) -> socket.socket:
    family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
    try:
        listener = socket.create_server((endpoint.host, endpoint.port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise EndpointInUse(
                f"something already listens on {endpoint}: if it is an engine, use it or stop it "
                "first, else give another port"
            ) from None
        raise EndpointError(
            f"cannot listen on {endpoint}: {error.strerror}; give another address or port"
        ) from error
    # Connections inherit it.  asyncio would set it for them, but not where, as here, the listener
    # does not know its protocol's number; and Nagle's algorithm may hold a reply back for 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _in_use(endpoint: Endpoint) -> EndpointInUse:
    pid = engine_pid(endpoint)
    which = "another engine" + (f" (pid {pid})" if pid else "")
    return EndpointInUse(f"{which} already listens on {endpoint}: use it, or stop it first")
