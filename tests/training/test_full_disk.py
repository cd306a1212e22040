"""What a full disk, and every other failure of a write, leaves behind: what was there."""

import copy
import errno
from pathlib import Path

import pytest
import torch
from checkpoints import tiny_form
from safetensors import SafetensorError
from small_disk import full_disk
from tiny import rich_model, tiny_model

from diffgem_engine.training import files
from diffgem_engine.training.corpus.documents import Corpus, Document
from diffgem_engine.training.errors import CannotWrite, DiskFull
from diffgem_engine.training.export import save_checkpoint
from diffgem_engine.training.files import (
    replacing,
    write_text,
)
from diffgem_engine.training.lora import Adapter
from diffgem_engine.training.origin import Origin, write_origin
from diffgem_engine.training.state import write_state


def corpus(run):
    texts = [Document("a", str(number), "x" * 900) for number in range(20)]
    Corpus(texts).save(run / "corpus")


def origin(run):
    write_origin(Origin(source=("x" * 9000,)), run / "corpus")


def state(run):
    write_state(run, {"weights": torch.zeros(20_000)})


def model(run):
    save_checkpoint(tiny_model(), tiny_form(), run / "tokenizer.json", run / "model")


def adapter(run):
    Adapter(copy.deepcopy(rich_model()), 3, "somebody/some-model").save(run / "adapter")


WRITERS = {
    corpus: "corpus/train.jsonl",
    origin: "corpus/origin.json",
    state: "state.pt",
    model: "model",
    adapter: "adapter",
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
