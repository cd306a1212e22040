"""What a run writes is there whole, the old or the new, whatever ends the writing."""

import errno
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from checkpoints import tiny_form
from safetensors import SafetensorError
from small_disk import full_disk
from tiny import tiny_model

from diffgem_engine.training import files
from diffgem_engine.training.corpus.documents import Corpus, Document
from diffgem_engine.training.errors import CannotWrite, DiskFull
from diffgem_engine.training.export import save_checkpoint
from diffgem_engine.training.files import (
    remove_partials,
    replacing,
    replacing_folder,
    restore,
    write_text,
)
from diffgem_engine.training.origin import Origin, write_origin
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


def corpus(run):
    texts = [Document("a", str(number), "x" * 900) for number in range(20)]
    Corpus(texts).save(run / "corpus")


def origin(run):
    write_origin(Origin(source=("x" * 9000,)), run / "corpus")


def state(run):
    write_state(run, {"weights": torch.zeros(20_000)})


def model(run):
    save_checkpoint(tiny_model(), tiny_form(), run / "tokenizer.json", run / "model")


WRITERS = {
    corpus: "corpus/train.jsonl",
    origin: "corpus/origin.json",
    state: "state.pt",
    model: "model",
}


@pytest.fixture
def run(tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")
    return tmp_path


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("write", WRITERS)
def test_a_full_disk_leaves_what_was_there(run, write):
    """Guards the last good state, and a disk that stays full of halves."""
    write(run)
    before = contents(run)
    with full_disk(), pytest.raises(DiskFull) as raised:
        write(run)
    path = run / WRITERS[write]
    assert str(raised.value) == (
        f"the disk is full: {path} could not be written; free some space and give the same "
        "command again, what was saved before is still there"
    )
    assert contents(run) == before


@pytest.mark.parametrize("write", WRITERS)
def test_a_disk_that_is_full_from_the_start(run, write):
    with full_disk(), pytest.raises(DiskFull):
        write(run)
    assert contents(run).keys() == {run / "tokenizer.json"}


def write(path, text, then):
    with replacing(path) as partial:
        partial.write_text(text)
        then(partial)


FAILURES = [
    (OSError(errno.ENOSPC, "No space left on device"), DiskFull, "the disk is full"),
    (OSError(errno.EDQUOT, "Quota exceeded"), DiskFull, "the disk is full"),
    (SafetensorError("I/O error: No space left on device (os error 28)"), DiskFull, "full"),
    (PermissionError(errno.EACCES, "x"), CannotWrite, r"\(Permission denied\); see to it"),
    (OSError(errno.EROFS, "x"), CannotWrite, r"it could not be written \(Read-only file system\)"),
    (RuntimeError("unexpected pos\nand much more"), CannotWrite, r"\(unexpected pos\)"),
]


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
@pytest.mark.parametrize(("failure", "kind", "words"), FAILURES)
def test_every_failure_of_a_write_is_one_line(tmp_path, monkeypatch, step, failure, kind, words):
    def fail(*_):
        raise failure

    write_text(tmp_path / "it", "old")
    if step == "fsync":
        monkeypatch.setattr(files.os, "fsync", fail)
    if step == "replace":
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(kind, match=words) as raised:
        write(tmp_path / "it", "new", fail if step == "write" else str)
    assert type(raised.value) is kind
    assert "\n" not in str(raised.value)
    monkeypatch.undo()
    assert (tmp_path / "it").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["it"]


def test_an_interrupt_is_passed_on_and_leaves_nothing(tmp_path):
    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "it", "half", interrupt)
    assert [*tmp_path.iterdir()] == []


def test_the_last_rename_may_fail(tmp_path, monkeypatch):
    """Guards the folder before, which has another name in that moment."""
    make_old(tmp_path, "folder")
    replace = Path.replace

    def failing(path, target):
        if path.name.endswith(".partial"):
            raise OSError(errno.EIO, "x")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", failing)
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
