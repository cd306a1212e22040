"""`diffgem-engine train`: a folder of source becomes a checkpoint, slice by slice."""

import json
import os
import re
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from checkpoints import python_files

from diffgem_engine.__main__ import main
from diffgem_engine.checkpoint.loading import load
from diffgem_engine.commands.train import SMALLEST_VOCABULARY
from diffgem_engine.training.corpus.documents import load_documents

CPU = torch.device("cpu")


def state(tmp_path):
    return torch.load(tmp_path / "run" / "state.pt", weights_only=True)


def test_a_slice_makes_a_checkpoint_that_loads(train, source, tmp_path):
    """Guards hours of training that end in a folder that `serve` refuses."""
    code, said, complaints = train("--source", str(source), "--hold-out", "Beta")
    assert code == 0
    assert complaints == ""  # the bar of transformers' writing came here
    assert f"checkpoint in {tmp_path / 'run' / 'model'}" in said
    loaded = load(tmp_path / "run" / "model", CPU)
    assert loaded.tokenizer.size == loaded.form.vocab == 400
    saved = state(tmp_path)["average"]["mean"]
    for name, weight in loaded.model.named_parameters():
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


def test_what_a_later_slice_is_not_given_is_as_before(train, source, tmp_path):
    """Guards a budget and a seed that fall back to their defaults in the second slice."""
    train("--source", str(source), "--minutes", "500", "--seed", "5")
    code, *_ = train()
    assert code == 0
    assert state(tmp_path)["step"] == 2
    assert (state(tmp_path)["plan"]["minutes"], state(tmp_path)["plan"]["seed"]) == (500.0, 5)


def test_a_budget_of_steps(train, source, tmp_path):
    """Guards a budget that a later slice forgets, or goes past."""
    assert "50% of the budget done" in train("--source", str(source), "--steps", "2")[1]
    assert "100% of the budget done" in (said := train()[1])
    assert said.endswith("give more --steps to go on\n")
    train()
    assert state(tmp_path)["step"] == 2
    assert train("--steps", "3")[0] == 0
    assert state(tmp_path)["step"] == 3


def test_minutes_take_the_place_of_steps(train, source, tmp_path):
    train("--source", str(source), "--steps", "1")
    assert "give more" not in train("--minutes", "60")[1]
    assert state(tmp_path)["plan"]["steps"] is None
    assert state(tmp_path)["step"] == 2


CHANGES = [
    (("--source", "/elsewhere"), r"--source \S+/source, not /elsewhere"),
    (("--hold-out", "alpha"), "--hold-out beta, not alpha"),
    (("--hold-out",), r"--hold-out beta, not \(nothing\)"),
    (("--exclude", "alpha"), r"--exclude \(nothing\), not alpha"),
    (("--cap", "77"), "--cap 9000000, not 77"),
    (("--vocab", "500"), "--vocab 400, not 500"),
]


@pytest.mark.parametrize(("arguments", "words"), CHANGES)
def test_another_corpus_or_vocabulary_is_another_run(train, source, tmp_path, arguments, words):
    """Guards options of the first slice that a later one silently ignored."""
    train("--source", str(source), "--hold-out", "beta")
    code, _, error = train(*arguments)
    assert code == 2
    assert re.fullmatch(rf"diffgem-engine: \S+ was begun with {words}; give .*\n", error)
    assert state(tmp_path)["step"] == 1


def test_the_same_options_again_are_the_same_run(train, source, tmp_path, monkeypatch):
    """Guards a run that its own command line, in other words, does not resume."""
    (source / "gamma").mkdir()
    (source / "gamma" / "g.py").write_bytes(python_files(7)[6].read_bytes())
    train("--source", str(source), "--hold-out", "beta", "gamma")
    monkeypatch.chdir(tmp_path)
    code, *_ = train("--source", "source", "--hold-out", "Gamma", "BETA", "--vocab", "400")
    assert code == 0
    assert state(tmp_path)["step"] == 2


def test_a_run_without_a_record_goes_on(train, source, tmp_path):
    """Guards runs that were begun before there was one."""
    train("--source", str(source))
    (tmp_path / "run" / "corpus" / "origin.json").unlink()
    code, *_ = train("--vocab", "500", "--cap", "77")
    assert code == 0
    assert state(tmp_path)["step"] == 2


def test_what_the_corpus_was_made_of_is_recorded_beside_it(train, source, tmp_path):
    train("--source", str(source), "--hold-out", "Beta")
    assert json.loads((tmp_path / "run" / "corpus" / "origin.json").read_text()) == {
        "source": [str(source)], "hold_out": ["beta"], "exclude": [], "cap": 9_000_000,
        "vocab": 400,
    }  # fmt: skip


def test_another_size_and_noise(source, tmp_path, capsys):
    """Guards options that are recorded and do nothing."""
    out = tmp_path / "run"
    arguments = ["--source", str(source), "--vocab", "400", "--rows", "1", "--no-compile"]
    size = ["--width", "128", "--layers", "2", "--noise", "marked"]
    assert main(["train", "--out", str(out), *arguments, *size, "--slice", "1e-9"]) == 0
    assert main(["train", "--out", str(out), "--no-compile", "--slice", "1e-9"]) == 0
    capsys.readouterr()
    loaded = load(out / "model", CPU)
    text = loaded.model.config.text_config
    assert (text.hidden_size, text.num_hidden_layers, loaded.form.noise) == (128, 2, "marked")
    assert (text.intermediate_size, text.num_attention_heads) == (384, 2)
    assert state(tmp_path)["step"] == 2


def test_little_text_makes_a_small_vocabulary(train, tmp_path):
    """Guards a vocabulary that is asked for more pieces than the text has: it is said."""
    (tmp_path / "source" / "alpha").mkdir(parents=True)
    (tmp_path / "source" / "alpha" / "a.py").write_text("def f(a):\n    return a\n" * 12)
    code, said, _ = train("--source", str(tmp_path / "source"), "--vocab", "4096")
    assert code == 0
    assert "of 4096 pieces" in said
    assert load(tmp_path / "run" / "model", CPU).tokenizer.size < 400


def test_the_smallest_vocabulary_trains(train, source, tmp_path):
    """Guards a limit that is none: every byte is a piece, and every special id."""
    code, *_ = train("--source", str(source), "--vocab", str(SMALLEST_VOCABULARY))
    assert code == 0
    assert load(tmp_path / "run" / "model", CPU).tokenizer.size == SMALLEST_VOCABULARY


def deaf(kind):
    """Standard output that takes nothing."""
    if kind == "closed":
        return nullcontext()
    if kind == "full":
        return Path("/dev/full").open("w", encoding="utf-8")
    unread, descriptor = os.pipe()
    os.close(unread)
    return os.fdopen(descriptor, "w", encoding="utf-8")


@pytest.mark.parametrize("kind", ["full", "unread", "closed"])
def test_a_run_goes_on_where_nobody_hears_it(train, source, tmp_path, monkeypatch, kind):
    """Guards hours of training that a full disk under the log, or `| head`, ended unsaved."""
    with deaf(kind) as out, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", out)
        code, _, complaints = train("--source", str(source))
    assert (code, complaints) == (0, "")
    assert state(tmp_path)["step"] == 1
    assert load(tmp_path / "run" / "model", CPU).form.vocab == 400
