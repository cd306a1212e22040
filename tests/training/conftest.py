"""`diffgem-engine train` on a model of a few thousand weights."""

from functools import partial

import pytest
from attrs import evolve
from checkpoints import python_files
from tiny import SIZE

from diffgem_engine.__main__ import main
from diffgem_engine.training import run
from diffgem_engine.training.plan import Plan


@pytest.fixture
def _tiny(monkeypatch):
    """A step in milliseconds."""
    monkeypatch.setattr(run, "Size", lambda vocab: evolve(SIZE, vocab=vocab))
    monkeypatch.setattr(run, "Plan", partial(Plan, rows=2, length=128))


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
    """One slice of one step, in the folder `run`, with a vocabulary of 400 if it is the first."""
    folder = tmp_path / "run"

    def slice_of(*arguments):
        fixed = ["--out", str(folder), "--slice", "1e-9", "--no-compile"]
        small = [] if folder.exists() or "--vocab" in arguments else ["--vocab", "400"]
        code = main(["train", *fixed, *small, *arguments])
        return code, *capsys.readouterr()

    return slice_of
