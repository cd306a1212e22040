"""`diffgem-engine train` on a model of a few thousand weights."""

import signal
from functools import partial

import pytest
from attrs import evolve
from checkpoints import python_files, write_checkpoint, write_published
from tiny import SIZE

from diffgem_engine.__main__ import main
from diffgem_engine.training import recipe, setup_scratch
from diffgem_engine.training.plan import Plan
from diffgem_engine.training.sudoku import setup as sudoku_setup
from diffgem_engine.training.sudoku import task as sudoku_task


@pytest.fixture
def _tiny(monkeypatch):
    """A step in milliseconds."""
    monkeypatch.setattr(
        setup_scratch, "Size", lambda vocab: evolve(SIZE, vocab=vocab, positions=1024)
    )
    monkeypatch.setattr(setup_scratch, "scaled", lambda size, *_: size)
    monkeypatch.setattr(recipe, "Plan", partial(Plan, length=128))


@pytest.fixture
def source(tmp_path):
    for project, paths in (("alpha", python_files(6)[:4]), ("beta", python_files(6)[4:])):
        folder = tmp_path / "source" / project
        folder.mkdir(parents=True)
        for path in paths:
            (folder / path.name).write_bytes(path.read_bytes())
    return tmp_path / "source"


@pytest.fixture
def train(_tiny, tmp_path, capsys):
    """One slice of one step, in the folder `run`; the first with few rows, and a vocabulary of 400
    unless it goes on from a checkpoint.
    """
    folder = tmp_path / "run"

    def slice_of(*arguments):
        fixed = ["--out", str(folder), "--slice", "1e-9", "--no-compile"]
        small = [] if folder.exists() else ["--rows", "2"]
        if small and not {"--vocab", "--from"} & {*arguments}:
            small += ["--vocab", "400"]
        code = main(["train", *fixed, *small, *arguments])
        return code, *capsys.readouterr()

    return slice_of


@pytest.fixture(scope="session")
def ours(tmp_path_factory):
    """A checkpoint that `train` could have written.  Read only: copy it to break it."""
    return write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "ours")


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """One in the shape of the published one.  Read only."""
    return write_published(tmp_path_factory.mktemp("checkpoint") / "published")


@pytest.fixture
def train_sudoku(tmp_path, capsys, monkeypatch):
    """One slice of one step on two puzzles, in the folder `run`, and a look at two more."""
    monkeypatch.setattr(sudoku_task, "SAMPLES", 2)
    monkeypatch.setattr(sudoku_setup, "SAMPLING", evolve(sudoku_setup.SAMPLING, steps=3))
    folder = tmp_path / "run"

    def slice_of(*arguments):
        fixed = ["--out", str(folder), "--slice", "1e-9", "--no-compile"]
        first = ["--task", "sudoku", "--rows", "2", "--layers", "2"]
        code = main(["train", *fixed, *([] if folder.exists() else first), *arguments])
        return code, *capsys.readouterr()

    return slice_of


@pytest.fixture
def _signal_handlers():
    """A run leaves its own behind."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
