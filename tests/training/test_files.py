"""What a run writes is there whole, the old or the new, whatever ends the writing."""

import signal
import subprocess
import sys

import pytest
from renames import failing_rename

from diffgem_engine.training.errors import CannotWrite
from diffgem_engine.training.files import (
    remove_partials,
    replacing_folder,
    restore,
)
from diffgem_engine.training.state import read_state, write_state

NAMES = ("one.txt", "two.txt")
# For each line a process that dies at its moment, counted over all that touches the disk's names;
# forked from one that has imported everything, since there are many moments.
WRITER = """
import os, shutil, signal, sys
from pathlib import Path
from diffgem_engine.training.files import replacing, replacing_folder

left = 0

def deadly(function):
    def call(*arguments, **named):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return function(*arguments, **named)
    return call

def write(folder, kind):
    for owner, name in (
        (os, "fsync"), (Path, "replace"), (Path, "mkdir"), (Path, "unlink"), (Path, "write_text"),
        (shutil, "rmtree"),
    ):
        setattr(owner, name, deadly(getattr(owner, name)))
    if kind == "folder":
        with replacing_folder(folder / "it") as partial:
            for name in ("one.txt", "two.txt"):
                (partial / name).write_text("new")
    else:
        with replacing(folder / "it") as partial:
            partial.write_text("new")

for line in sys.stdin:
    folder, kind, moment = line.rstrip("\\n").split("\\t")
    if (child := os.fork()) == 0:
        left = int(moment)
        write(Path(folder), kind)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture(scope="module")
def killed():
    """Has somebody write into a folder and be killed at a moment; the exit code."""
    command = [sys.executable, "-c", WRITER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as writer:

        def kill(folder, kind, moment):
            writer.stdin.write(f"{folder}\t{kind}\t{moment}\n")
            writer.stdin.flush()
            return int(writer.stdout.readline())

        yield kill


def written(path):
    """The one word that is in a file, or in every file of a folder."""
    if path.is_file():
        return path.read_text()
    assert sorted(each.name for each in path.iterdir()) == sorted(NAMES)
    [word] = {each.read_text() for each in path.iterdir()}
    return word


def make_old(folder, kind):
    if kind == "folder":
        (folder / "it").mkdir()
        for name in NAMES:
            (folder / "it" / name).write_text("old")
    else:
        (folder / "it").write_text("old")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_kill_at_any_moment_leaves_the_old_or_the_new(killed, tmp_path, kind):
    """Guards the moment between removing a checkpoint and naming the next one."""
    results = []
    for moment in range(40):
        folder = tmp_path / str(moment)
        folder.mkdir()
        make_old(folder, kind)
        ended = killed(folder, kind, moment)
        restore(folder / "it")
        results.append(written(folder / "it"))
        assert [path.name for path in folder.iterdir()] == ["it"]
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
    assert ended == 0
    assert len(results) >= (4 if kind == "file" else 9)
    assert results == sorted(results, reverse=True)  # old, old, ..., new
    assert {*results} == {"old", "new"}


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_the_first_one_may_be_killed_as_well(killed, tmp_path, kind):
    """Guards half a checkpoint where there was none."""
    for moment in range(40):
        ended = killed(tmp_path, kind, moment)
        if (tmp_path / "it").exists():
            assert written(tmp_path / "it") == "new"
            break
        assert ended == -signal.SIGKILL
    assert (tmp_path / "it").exists()


def test_what_a_killed_writer_left_is_removed(tmp_path):
    (tmp_path / "state.pt.partial").write_bytes(b"half")
    (tmp_path / "model.partial").mkdir()
    (tmp_path / "model.partial" / "x").write_bytes(b"half")
    (tmp_path / "state.pt").write_bytes(b"whole")
    remove_partials(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["state.pt"]


def test_the_last_rename_may_fail(tmp_path, monkeypatch):
    """Guards the folder before, which has another name in that moment."""
    make_old(tmp_path, "folder")
    failing_rename(monkeypatch)
    with pytest.raises(CannotWrite), replacing_folder(tmp_path / "it") as partial:
        (partial / "one.txt").write_text("new")
    assert written(tmp_path / "it") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["it"]


def test_a_linked_folder_gives_way(tmp_path):
    """Guards what a link points to: it is somebody's other model."""
    (tmp_path / "there").mkdir()
    make_old(tmp_path / "there", "folder")
    (tmp_path / "it").symlink_to(tmp_path / "there" / "it")
    with replacing_folder(tmp_path / "it") as partial:
        for name in NAMES:
            (partial / name).write_text("new")
    assert written(tmp_path / "it") == "new"
    assert written(tmp_path / "there" / "it") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["it", "there"]


KILLED = """
import os, signal, sys, torch
from pathlib import Path
from diffgem_engine.training.state import write_state

def save(state, out):
    out.write(b"half of it")
    out.flush()
    os.kill(os.getpid(), signal.SIGKILL)

torch.save = save
write_state(Path(sys.argv[1]), {})
"""


def test_a_kill_while_the_state_is_written(tmp_path):
    """Guards hours of training: the state before is there, and is read."""
    whole = {"model": {}, "optimizers": [], "average": {}, "plan": {}, "step": 7, "spent_s": 1.0}
    write_state(tmp_path, whole)
    ended = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert (tmp_path / "state.pt.partial").read_bytes() == b"half of it"
    assert read_state(tmp_path) == whole
    remove_partials(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["state.pt"]
