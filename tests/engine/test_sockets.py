"""Who may listen where."""

import errno
import fcntl
import os
import socket
import stat
import threading
from pathlib import Path

import pytest
from fakes import short_folder

from diffgem_engine.endpoint import (
    EndpointError,
    EndpointInUse,
    TcpEndpoint,
    UnixEndpoint,
    default_endpoint,
    engine_pid,
    lock_file,
    parse_endpoint,
)
from diffgem_engine.process import sockets
from diffgem_engine.process.sockets import claimed


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
        pid = os.getpid()
        refused(endpoint, rf"another engine \(pid {pid}\) already listens", EndpointInUse)
        assert engine_pid(endpoint) == pid
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(endpoint.path))
            assert first.socket.accept()[0].close() is None
    assert engine_pid(endpoint) is None


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
    refused(UnixEndpoint(folder / "s"), f"such as {folder}/diffgem/engine.sock")


def test_a_folder_of_another_user_is_refused(folder, monkeypatch):
    """/tmp/diffgem-UID may have been made by anyone."""
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    refused(UnixEndpoint(folder / "s"), "belongs to another user")


def test_a_link_to_a_folder_is_refused(folder):
    """A link in /tmp leads where its maker wants."""
    (folder / "link").symlink_to(folder)
    refused(UnixEndpoint(folder / "link" / "s"), "is not a folder")


def fails(*_):
    raise OSError(errno.EIO, "the disk is on fire")


@pytest.mark.parametrize("where", ["os.open", "fcntl.flock", "os.mkdir"])
def test_what_the_system_refuses_is_one_line_with_the_path(folder, monkeypatch, where):
    """A disk without locks, or a folder without room, ended the engine with a traceback."""
    monkeypatch.setattr(where, fails)
    path = folder / "new" / "s"
    refused(UnixEndpoint(path), f"cannot use {path.parent}.*: the disk is on fire; .*another")


def test_a_lock_that_is_a_link_is_refused(folder):
    """A link could have made us truncate, or lock, somebody's file."""
    (folder / "s.lock").symlink_to(folder / "elsewhere")
    refused(UnixEndpoint(folder / "s"), f"cannot use {folder / 's.lock'}: .*another socket path")
    assert not (folder / "elsewhere").exists()


def test_a_socket_that_cannot_be_asked_is_named(folder, monkeypatch):
    """Whoever may not connect got a traceback, or took the socket over."""
    path = folder / "s"
    with socket.socket(socket.AF_UNIX) as there:
        there.bind(str(path))
    monkeypatch.setattr(socket.socket, "connect", fails)
    refused(UnixEndpoint(path), f"cannot use {path}: the disk is on fire")
    assert path.exists()


def test_a_port_that_the_system_does_not_give_is_named(monkeypatch):
    """A machine without IPv6 has no such address family."""
    monkeypatch.setattr(socket.socket, "bind", fails)
    refused(TcpEndpoint("127.0.0.1", 0), r"cannot listen on tcp://127.0.0.1:0: .*another address")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org", ""])
def test_tcp_is_for_loopback_only(host):
    """An engine without authentication listened to the network."""
    with pytest.raises(EndpointError, match="use an SSH tunnel"):
        TcpEndpoint(host, 1)


def test_port_zero_says_which_port_it_got():
    """Whoever asked for port 0 could not find the engine; and sshd was called another engine."""
    with claimed(TcpEndpoint("127.0.0.1", 0)) as claim:
        assert isinstance(claim.endpoint, TcpEndpoint)
        assert claim.endpoint.port == claim.socket.getsockname()[1] != 0
        refused(claim.endpoint, "something already listens on tcp://", EndpointInUse)


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
    "text",
    [
        *("", "unix:", "tcp://", "tcp://localhost", "tcp://localhost:x", "tcp://[::1]:99999"),
        *("https://gpu.example:7475", "wss://gpu.example", "TLS://gpu.example:7475"),
        *("gpu.example:7475", "localhost:7475"),
    ],
)
def test_what_is_no_endpoint_is_refused(text):
    """A typing error became a file name, and an engine of this machine answered there."""
    with pytest.raises(EndpointError):
        parse_endpoint(text)


def test_a_path_that_the_system_would_not_take_is_refused():
    """bind's own error is "AF_UNIX path too long" and names nothing."""
    with pytest.raises(EndpointError, match="too long"):
        UnixEndpoint(Path("/tmp") / ("x" * 100))


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"HOME": "/home/me"}, "/home/me/.cache/diffgem/engine.sock"),
        ({"HOME": "/home/" + "x" * 100}, f"/tmp/diffgem-{os.getuid()}/engine.sock"),
        ({"HOME": "/home/me", "DIFFGEM_SOCKET": "/a/b"}, "/a/b"),
    ],
)
def test_both_sides_look_in_the_same_place(environ, path):
    """A long home folder made a path that no socket can have."""
    assert default_endpoint(environ) == UnixEndpoint(Path(path))


def test_the_runtime_folder_is_used_where_it_is_ours(tmp_path, monkeypatch):
    """After `su` the variable names another user's folder, or one that is gone: no engine came."""
    fallback = UnixEndpoint(Path("/home/me/.cache/diffgem/engine.sock"))
    (tmp_path / "file").touch()
    ours = {"XDG_RUNTIME_DIR": str(tmp_path), "HOME": "/home/me"}
    monkeypatch.setattr("diffgem_engine.endpoint.MAX_PATH", 1000)  # pytest's folder may be deep
    assert default_endpoint(ours) == UnixEndpoint(tmp_path / "diffgem" / "engine.sock")
    for name in ("none", "file", "file/below"):
        assert default_endpoint({**ours, "XDG_RUNTIME_DIR": str(tmp_path / name)}) == fallback
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    assert default_endpoint(ours) == fallback


def test_an_engine_starts_while_somebody_looks(folder):
    """`forget` looked for an engine, and the one that just started ended as the second."""
    endpoint = UnixEndpoint(folder / "s")
    with lock_file(endpoint).open("w") as look:
        fcntl.flock(look, fcntl.LOCK_SH)
        goes = threading.Timer(0.1, fcntl.flock, (look, fcntl.LOCK_UN))
        goes.start()
        try:
            with claimed(endpoint):
                assert engine_pid(endpoint) == os.getpid()
        finally:
            goes.join()


def test_the_number_of_a_killed_engine_goes_with_the_lock(folder, monkeypatch):
    """Whoever looked before the new one was written ended a stranger's process."""
    endpoint = UnixEndpoint(folder / "s")
    lock_file(endpoint).write_text("1")
    found = []
    listen = sockets._listen_unix

    def looking(place):
        found.append(engine_pid(place))
        return listen(place)

    monkeypatch.setattr(sockets, "_listen_unix", looking)
    with claimed(endpoint):
        assert found == [None]
