"""`diffgem-engine train`: a folder of source becomes a checkpoint, slice by slice."""

from functools import partial

import pytest
import torch
from attrs import evolve
from checkpoints import python_files
from tiny import SIZE

from diffgem_engine.__main__ import main
from diffgem_engine.checkpoint import load
from diffgem_engine.training import run
from diffgem_engine.training.corpus import load_documents
from diffgem_engine.training.loop import Plan

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
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
def train(tmp_path, capsys):
    """One slice of one step, in the folder `run`."""

    def slice_of(*arguments):
        fixed = ["--out", str(tmp_path / "run"), "--vocab", "400", "--slice", "0", "--no-compile"]
        code = main(["train", *fixed, *arguments])
        return code, *capsys.readouterr()

    return slice_of


def state(tmp_path):
    return torch.load(tmp_path / "run" / "state.pt", weights_only=True)


def test_a_slice_makes_a_checkpoint_that_loads(train, source, tmp_path):
    """Guards hours of training that end in a folder that `serve` refuses."""
    code, said, _ = train("--source", str(source), "--hold-out", "beta")
    assert code == 0
    assert f"checkpoint in {tmp_path / 'run' / 'model'}" in said
    loaded = load(tmp_path / "run" / "model", CPU)
    assert loaded.tokenizer.size == loaded.form.vocab == 400
    saved = state(tmp_path)["model"]
    name = "model.decoder.embed_tokens.weight"
    weight = loaded.model.state_dict()[name]
    assert torch.equal(weight, saved[name].to(torch.bfloat16).to(weight.dtype))
    held_out = load_documents(tmp_path / "run" / "corpus" / "held_out.jsonl")
    assert {document.project for document in held_out} == {"beta"}


def test_the_next_slice_goes_on_without_the_source(train, source, tmp_path):
    """Guards a corpus and a vocabulary that are made anew: the weights would fit neither."""
    train("--source", str(source))
    tokenizer = (tmp_path / "run" / "tokenizer.json").read_bytes()
    for path in source.rglob("*.py"):
        path.unlink()
    code, said, _ = train()
    assert code == 0
    assert "collecting" not in said
    assert "vocabulary" not in said
    assert state(tmp_path)["step"] == 2
    assert (tmp_path / "run" / "tokenizer.json").read_bytes() == tokenizer


def test_another_seed_is_another_run(train, source, tmp_path):
    """Guards a run that goes on with other batches than it was begun with."""
    train("--source", str(source))
    code, _, error = train("--seed", "5")
    assert code == 2
    assert "was begun with seed 0, not 5" in error
    assert state(tmp_path)["step"] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((), "give --source DIR"), (("--source", "/no/such/folder"), "no such folder: /no/such")],
)
def test_nothing_to_train_on_is_bad_input(train, tmp_path, arguments, words):
    """Guards an empty corpus that is found out after the vocabulary."""
    code, _, error = train(*arguments)
    assert code == 2
    assert words in error
    assert not (tmp_path / "run").exists()
