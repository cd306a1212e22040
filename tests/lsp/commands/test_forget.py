"""`diffgem-lsp forget`: what a removal begins with."""

import fcntl
import os
import subprocess
import time

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


def left(home):
    return {str(path.relative_to(home)) for path in home.rglob("*") if not path.is_dir()}


def test_the_engine_ends_and_what_was_kept_is_deleted(home, endpoint, capsys):
    command = [*FAKE_ENGINE, "serve", "--socket", str(endpoint.path)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as engine:
        until = time.monotonic() + PATIENCE_S
        while not endpoint.path.exists():
            assert engine.poll() is None
            assert time.monotonic() < until
        assert main(["forget"]) == 0
        assert engine.wait(PATIENCE_S) is not None
    said = capsys.readouterr().out
    assert f"(pid {engine.pid})" in said
    assert all(f"deleted {home / name}\n" in said for name in KEPT)
    assert [path.name for path in home.rglob("*")].count("diffgem") == 0


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


def test_an_engine_of_the_network_is_not_ours_to_end(home, monkeypatch):
    monkeypatch.setenv("DIFFGEM_SOCKET", "tcp://127.0.0.1:9")
    assert main(["forget"]) == 0
    assert left(home) == set()
