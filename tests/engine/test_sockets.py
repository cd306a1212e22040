"""Who may listen where."""

import os
import socket
import stat
from pathlib import Path

import pytest
from fakes import short_folder

from diffgem_engine.endpoint import (
    EndpointError,
    EndpointInUse,
    TcpEndpoint,
    UnixEndpoint,
    default_endpoint,
    parse_endpoint,
)
from diffgem_engine.sockets import claimed


@pytest.fixture
def folder():
    with short_folder() as path:
        yield path


def refused(endpoint, pattern, error=EndpointError):
    with pytest.raises(error, match=pattern) as caught, claimed(endpoint):
        pass
    assert "\n" not in str(caught.value)


def test_the_socket_is_private_from_its_first_instant(folder, monkeypatch):
    """uvicorn's own socket is 0666; a chmod after bind leaves a moment for others."""
    modes = []
    listen = socket.socket.listen
    path = folder / "new" / "engine.sock"

    def spy(self, *args):
        modes.append(stat.S_IMODE(path.stat().st_mode))
        listen(self, *args)

    monkeypatch.setattr(socket.socket, "listen", spy)
    with claimed(UnixEndpoint(path)):
        modes.append(stat.S_IMODE(path.stat().st_mode))
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert modes == [0o600, 0o600]
    assert not path.exists()


def test_a_second_engine_is_refused(folder):
    """The second server silently took the path over."""
    endpoint = UnixEndpoint(folder / "s")
    with claimed(endpoint) as first:
        refused(endpoint, "another engine already listens", EndpointInUse)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(endpoint.path))
            assert first.socket.accept()[0].close() is None


def test_a_live_socket_without_its_lock_is_refused(folder):
    """Someone cleaned up the lock file under a running engine."""
    endpoint = UnixEndpoint(folder / "s")
    with claimed(endpoint):
        Path(f"{endpoint.path}.lock").unlink()
        refused(endpoint, "another engine already listens", EndpointInUse)
        assert endpoint.path.exists()


def test_a_dead_socket_is_replaced(folder):
    """After kill -9 the engine did not start again."""
    path = folder / "s"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert path.exists()
    with claimed(UnixEndpoint(path)), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_what_is_not_a_socket_is_kept(folder):
    """A mistyped path deleted a file of the user's."""
    path = folder / "notes.txt"
    path.write_text("dear diary")
    refused(UnixEndpoint(path), "is not a socket")
    assert path.read_text() == "dear diary"


def test_an_open_folder_is_refused(folder):
    """Others could replace the socket by one of their own."""
    folder.chmod(0o755)
    refused(UnixEndpoint(folder / "s"), f"chmod 700 {folder}")


def test_a_folder_of_another_user_is_refused(folder, monkeypatch):
    """/tmp/diffgem-UID may have been made by anyone."""
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    refused(UnixEndpoint(folder / "s"), "belongs to another user")


def test_a_link_to_a_folder_is_refused(folder):
    """A link in /tmp leads where its maker wants."""
    (folder / "link").symlink_to(folder)
    refused(UnixEndpoint(folder / "link" / "s"), "is not a folder")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org", ""])
def test_tcp_is_for_loopback_only(host):
    """An engine without authentication listened to the network."""
    with pytest.raises(EndpointError, match="use an SSH tunnel"):
        TcpEndpoint(host, 1)


def test_port_zero_says_which_port_it_got():
    """Whoever asked for port 0 could not find the engine."""
    with claimed(TcpEndpoint("127.0.0.1", 0)) as claim:
        assert isinstance(claim.endpoint, TcpEndpoint)
        assert claim.endpoint.port == claim.socket.getsockname()[1] != 0
        refused(claim.endpoint, "another engine already listens", EndpointInUse)


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("tcp://127.0.0.1:80", TcpEndpoint("127.0.0.1", 80)),
        ("tcp://[::1]:80", TcpEndpoint("::1", 80)),
        ("tcp://localhost:0", TcpEndpoint("localhost", 0)),
        ("unix:/a/b", UnixEndpoint(Path("/a/b"))),
        ("/a/b", UnixEndpoint(Path("/a/b"))),
    ],
)
def test_endpoints_are_read_as_they_are_written(text, endpoint):
    """What the engine prints must be what DIFFGEM_SOCKET takes."""
    assert parse_endpoint(text) == endpoint
    assert parse_endpoint(str(endpoint)) == endpoint


@pytest.mark.parametrize(
    "text", ["", "unix:", "tcp://", "tcp://localhost", "tcp://localhost:x", "tcp://[::1]:99999"]
)
def test_what_is_no_endpoint_is_refused(text):
    """A typing error became a file name."""
    with pytest.raises(EndpointError):
        parse_endpoint(text)


def test_a_path_that_the_system_would_not_take_is_refused():
    """bind's own error is "AF_UNIX path too long" and names nothing."""
    with pytest.raises(EndpointError, match="too long"):
        UnixEndpoint(Path("/tmp") / ("x" * 100))


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"XDG_RUNTIME_DIR": "/run/user/7"}, "/run/user/7/diffgem/engine.sock"),
        ({"HOME": "/home/me"}, "/home/me/.cache/diffgem/engine.sock"),
        ({"HOME": "/home/" + "x" * 100}, f"/tmp/diffgem-{os.getuid()}/engine.sock"),
        ({"HOME": "/home/me", "DIFFGEM_SOCKET": "/a/b"}, "/a/b"),
    ],
)
def test_both_sides_look_in_the_same_place(environ, path):
    """A long home folder made a path that no socket can have."""
    assert default_endpoint(environ) == UnixEndpoint(Path(path))
