"""`diffgem-lsp forget`: what a removal begins with."""

import contextlib
import fcntl
import os
import subprocess
import time

import psutil
import pytest
from fakes import short_folder
from sandbox import FAKE_ENGINE

from diffgem_engine.endpoint import UnixEndpoint, lock_file
from diffgem_lsp.__main__ import main
from diffgem_lsp.engine import ending
from diffgem_lsp.engine.errors import EngineError

PATIENCE_S = 30
KEPT = (
    "cache/diffgem/engine.log",
    "cache/diffgem/index/0a.sqlite",
    "cache/diffgem/index/0a.sqlite-wal",
    "state/diffgem/acceptance.jsonl",
    "state/diffgem/acceptance.jsonl.lock",
)


@pytest.fixture
def home(monkeypatch):
    """With something of all that is kept."""
    with short_folder() as folder:
        for name in ("cache", "state", "run"):
            (folder / name).mkdir(0o700)
            variable = "XDG_RUNTIME_DIR" if name == "run" else f"XDG_{name.upper()}_HOME"
            monkeypatch.setenv(variable, str(folder / name))
        monkeypatch.delenv("DIFFGEM_SOCKET", raising=False)
        for name in KEPT:
            (folder / name).parent.mkdir(0o700, parents=True, exist_ok=True)
            (folder / name).touch()
        yield folder


@pytest.fixture
def endpoint(home):
    (home / "run" / "diffgem").mkdir(0o700)
    return UnixEndpoint(home / "run" / "diffgem" / "engine.sock")


@contextlib.contextmanager
def living_engine(endpoint):
    """It listens; whoever does not end it has it ended here."""
    command = [*FAKE_ENGINE, "serve", "--socket", str(endpoint.path)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as engine:
        try:
            until = time.monotonic() + PATIENCE_S
            while not endpoint.path.exists():
                assert engine.poll() is None
                assert time.monotonic() < until
            yield engine
        finally:
            engine.kill()


def left(home):
    return {str(path.relative_to(home)) for path in home.rglob("*") if not path.is_dir()}


def test_the_engine_ends_and_what_was_kept_is_deleted(home, endpoint, capsys):
    with living_engine(endpoint) as engine:
        assert main(["forget"]) == 0
        assert engine.wait(PATIENCE_S) is not None
    said = capsys.readouterr().out
    assert f"(pid {engine.pid})" in said
    assert all(f"deleted {home / name}\n" in said for name in KEPT)
    assert [path.name for path in home.rglob("*")].count("diffgem") == 0


def test_an_engine_that_a_setting_names_ends_as_well(home, capsys):
    """It stayed, with gigabytes of a device, after the removal of all else."""
    place = UnixEndpoint(home / "run" / "mine.sock")
    with living_engine(place) as engine:
        assert main(["forget", "--socket", str(place.path)]) == 0
        assert engine.wait(PATIENCE_S) is not None
    said = capsys.readouterr().out
    assert f"(pid {engine.pid})" in said
    assert all(f"deleted {home / name}\n" in said for name in KEPT)
    assert left(home) == set()


def test_an_engine_over_the_network_goes_on(home, capsys):
    """Others are served by it."""
    assert main(["forget", "--socket", "tcp://127.0.0.1:9"]) == 0
    assert "tcp://127.0.0.1:9 goes on: end it where it was started" in capsys.readouterr().out
    assert left(home) == set()


def test_what_is_the_users_stays(home):
    """Somebody's clone may be called diffgem, and lie there."""
    own = home / "cache" / "diffgem" / "README.md"
    own.touch()
    assert main(["forget"]) == 0
    assert left(home) == {"cache/diffgem/README.md"}


def test_nothing_is_there_to_forget(home, capsys):
    main(["forget"])
    capsys.readouterr()
    assert main(["forget"]) == 0
    assert capsys.readouterr().out == "nothing was kept\n"


def test_what_a_killed_engine_left_in_its_lock_file_is_nobodys_number(endpoint):
    """The number may be another program's by now: this one's, here."""
    lock_file(endpoint).write_text(str(os.getpid()))
    assert main(["forget"]) == 0
    assert not lock_file(endpoint).exists()


def test_an_engine_that_goes_on_is_told(endpoint, home, capsys, monkeypatch):
    monkeypatch.setattr(ending, "PATIENCE_S", 0.2)
    lock = lock_file(endpoint)
    with subprocess.Popen(["sleep", "600"]) as engine, lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        lock.write_text(str(engine.pid))
        with pytest.raises(EngineError, match=r"has not ended in 0\.2 s"):
            ending.end(endpoint)
        assert main(["forget"]) == 3
        assert engine.wait(PATIENCE_S) < 0  # it was asked
    assert "end it, then try again" in capsys.readouterr().err
    assert set(KEPT) < left(home)


@contextlib.contextmanager
def nobody():
    """This process as one that may end no other's; root has to become another user for it."""
    if os.getuid():
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def process_of_another(own):
    """`own`, which is root's where the tests are root's; else any that this user may not end."""
    if not os.getuid():
        return own.pid
    for pid in psutil.pids():
        try:
            os.kill(pid, 0)
        except PermissionError:
            return pid
        except ProcessLookupError:
            continue
    pytest.skip("every process here is this user's")


def test_an_engine_of_another_user_is_told(home, capsys):
    """As one that somebody started as root, in this user's place."""
    place = UnixEndpoint(home / "run" / "mine.sock")
    lock = lock_file(place)
    with subprocess.Popen(["sleep", "600"]) as own, lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write(str(pid := process_of_another(own)))
        held.flush()
        for path in (home, home / "run", lock):
            path.chmod(0o777)
        try:
            with nobody():
                code = main(["forget", "--socket", str(place.path)])
            assert own.poll() is None
        finally:
            own.kill()
    assert code == 3
    said = f"the engine on {place} (pid {pid}) is another user's: ask them to end it"
    assert said in capsys.readouterr().err
    assert set(KEPT) < left(home)


def test_an_engine_of_the_network_is_not_ours_to_end(home, monkeypatch):
    monkeypatch.setenv("DIFFGEM_SOCKET", "tcp://127.0.0.1:9")
    assert main(["forget"]) == 0
    assert left(home) == set()


@pytest.mark.parametrize("name", ["e", "*", "[a-z]", "essay.md"])
def test_what_begins_as_the_socket_is_called_stays(home, monkeypatch, name):
    """The socket may lie among the user's own files, and have a short name."""
    folder = home / "own"
    folder.mkdir(0o700)
    for own in ("essay.md", "e.txt", "b"):
        (folder / own).touch()
    monkeypatch.setenv("DIFFGEM_SOCKET", str(folder / name))
    lock_file(UnixEndpoint(folder / name)).touch()
    assert main(["forget"]) == 0
    assert left(home) == {"own/essay.md", "own/e.txt", "own/b"}


def test_the_users_own_folder_of_the_socket_stays(home, monkeypatch):
    (home / "own").mkdir(0o700)
    monkeypatch.setenv("DIFFGEM_SOCKET", str(home / "own" / "engine.sock"))
    assert main(["forget"]) == 0
    assert (home / "own").is_dir()


def test_a_link_to_the_users_own_folder_stays(home):
    own = home / "disk"
    (home / "cache" / "diffgem").rename(own)
    (home / "cache" / "diffgem").symlink_to(own)
    assert main(["forget"]) == 0
    assert own.is_dir()
    assert left(home) == set()
    assert (home / "cache" / "diffgem").is_symlink()


def test_a_folder_that_is_called_as_a_file_of_ours_stays(home):
    (home / "cache" / "diffgem" / "index" / "a.sqlite").mkdir()
    assert main(["forget"]) == 0
    assert left(home) == set()
    assert (home / "cache" / "diffgem" / "index" / "a.sqlite").is_dir()


def test_a_lock_that_is_a_link_is_told(endpoint, capsys):
    """Followed, it would be another's file that is locked and read."""
    lock_file(endpoint).symlink_to("/nowhere")
    assert main(["forget"]) == 3
    said = capsys.readouterr().err
    assert f"{lock_file(endpoint)} cannot be opened" in said
    assert "remove it" in said


@contextlib.contextmanager
def looked_at(endpoint):
    """By somebody else at this moment, with a living process' number in the lock file."""
    with subprocess.Popen(["sleep", "600"]) as stranger, lock_file(endpoint).open("w+") as lock:
        lock.write(str(stranger.pid))
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_SH)
        try:
            yield stranger
        finally:
            stranger.kill()


def test_two_that_look_at_once_are_no_engine(endpoint):
    """They took each other for one, and ended who has the number of an engine that was killed."""
    with looked_at(endpoint) as stranger:
        assert ending.end(endpoint) is None
        assert not ending.is_held(endpoint)
        assert stranger.poll() is None


def test_what_an_engine_leaves_that_is_killed_while_it_loads(endpoint, home):
    """How far it had got stayed beside its socket."""
    for rest in (".lock", ".loading", ".loading.new"):
        endpoint.path.with_name(f"{endpoint.path.name}{rest}").touch()
    assert main(["forget"]) == 0
    assert left(home) == set()
