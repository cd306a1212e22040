"""The gate: how it is fitted, written, read, and told to clients."""

import asyncio
import json
import math
import random
import shutil

import pytest
import torch
from asking import opened
from attrs import evolve

from diffgem_engine.__main__ import main
from diffgem_engine.checkpoint.files import CheckpointError
from diffgem_engine.checkpoint.gate_json import GATE_FILE, read_gate
from diffgem_engine.checkpoint.gate_json import described as as_file
from diffgem_engine.checkpoint.loading import embedded_model, load
from diffgem_engine.evaluation.gate.fitting import LEAST_LOOKS, Look, NothingToFit, fit, worth
from diffgem_engine.evaluation.gate.report import FOLDS, described, passes
from diffgem_engine.protocol import Candidate, Gate, Weight
from diffgem_lsp.inline.gate import Doorkeeper
from diffgem_lsp.options import Options

GATE = Gate(0.25, (Weight("draft", 1.5), Weight("log_prob", 0.125)), 0.5)


def look(log_prob, right, *, origin="denoised", kind="whole line", **named):
    plain = {"hole": 0, "fold": 0, "length": 1, "agreement": None, **named}
    return Look(kind=kind, origin=origin, log_prob=log_prob, right=right, **plain)


def drawn(chance, count, probability, **named):
    """Texts that are right as often as `probability` of their `log_prob` says."""
    log_probs = [chance.uniform(-20, 0) for _ in range(count)]
    return [look(each, chance.random() < probability(each), **named) for each in log_probs]


def logistic(total):
    return 1 / (1 + math.exp(-total))


def test_a_known_probability_is_found():
    """Guards a sign, a weight of the wrong scale, and origins or kinds that change places."""
    chance = random.Random(3)
    looks = drawn(chance, 4000, lambda x: logistic(1 + 0.2 * x))
    looks += drawn(chance, 4000, lambda x: logistic(2 + 0.3 * x), origin="draft")
    looks += drawn(chance, 4000, lambda x: logistic(-1 + 0.2 * x), kind="comment")
    door = Doorkeeper.of(Options(), fit(looks, 0.25), "whole line", invoked=False)
    for log_prob in (-12.0, -4.0, -0.5):
        plain = Candidate(("x",), 0.9, "denoised", log_prob)
        drafted = Candidate(("x",), 0.9, "draft", log_prob)
        comment = evolve(door, kind="comment")
        assert door.confidence(plain) == pytest.approx(logistic(1 + 0.2 * log_prob), abs=0.05)
        assert door.confidence(drafted) == pytest.approx(logistic(2 + 0.3 * log_prob), abs=0.05)
        assert comment.confidence(plain) == pytest.approx(logistic(-1 + 0.2 * log_prob), abs=0.05)


@pytest.mark.parametrize("price", [0.1, 0.25, 1.0])
def test_what_is_shown_is_worth_more_than_all_of_it(price):
    """The threshold follows from the price; no other one does much better."""
    chance = random.Random(5)
    looks = drawn(chance, 3000, lambda x: logistic(2 + 0.4 * x))
    gate = fit(looks, price)
    assert gate.least == pytest.approx(price / (1 + price), abs=1e-4)
    found = worth([each for each in looks if passes(each, gate)], price)
    best = max(worth([x for x in looks if x.log_prob >= least], price) for least in range(-20, 1))
    assert found >= best - 0.02 * len(looks)
    assert found > worth(looks, price)


def test_seeds_that_disagree_are_worth_less():
    looks = [look(-1.0, share > 0.5, agreement=share) for share in (0.25, 0.75) for _ in range(30)]
    assert fit(looks, 0.25).agreement == 0.75
    assert fit(looks[:-30] + looks[30:][:10], 0.25).agreement == 0.75
    assert fit([evolve(each, agreement=None) for each in looks], 0.25).agreement == 0.0


def test_few_of_a_kind_have_no_weight():
    """Three comments that were right made every comment sure."""
    looks = drawn(random.Random(1), 50, lambda x: 0.5)
    looks += [look(-1.0, True, kind="comment", origin="draft")] * (LEAST_LOOKS - 1)
    names = {weight.name for weight in fit(looks, 0.25).weights}
    assert {"denoised", "whole line", "denoised log_prob", "denoised log_length"} <= names
    assert not {"draft", "comment", "draft comment", "draft log_prob"} & names


def test_too_few_texts_are_no_gate():
    with pytest.raises(NothingToFit, match="19 texts are too few"):
        fit([look(-1.0, True)] * (LEAST_LOOKS - 1), 0.25)


def test_all_of_a_kind_have_a_finite_weight():
    gate = fit([look(-1.0, True)] * 40, 0.25)
    assert all(abs(weight.value) < 20 for weight in gate.weights)


def test_a_gate_is_judged_by_other_files():
    """Fitted to the very noise that it is measured by, any gate looks good."""
    looks = [
        look(-1.0, fold == 0, fold=fold, hole=40 * fold + number)
        for fold in range(FOLDS)
        for number in range(40)
    ]
    report = described(looks, 300, 0.25)
    assert report["open"]["worth"] == 40 - 0.25 * 160
    assert report["open"]["found"] == 40 / 300
    # the fold that is right has a gate of those that are not, and the others one that lets them by
    assert (report["gated"]["shown"], report["gated"]["right"]["share"]) == (160, 0.0)


def test_of_several_texts_the_likeliest_is_shown():
    """The engine's own order has no idea of how a draft's likelihood compares."""
    chance = random.Random(2)
    looks = []
    for hole in range(300):
        drafted = chance.random() < 0.5
        looks.append(look(-1.0, not drafted, hole=hole, fold=hole % FOLDS))
        looks.append(
            look(-9.0 + 4 * drafted, drafted, origin="draft", hole=hole, fold=hole % FOLDS)
        )
    report = described(looks, 300, 0.25)
    assert report["open"]["right"]["share"] < 0.6
    assert report["ranked"]["right"]["share"] == 1.0


def test_what_is_written_is_read(tmp_path):
    assert read_gate(tmp_path) is None
    (tmp_path / GATE_FILE).write_text(as_file(GATE))
    assert read_gate(tmp_path) == GATE


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"version": 2}, "has version 2, this engine reads 1"),
        ({"least": 1.5}, "must be numbers from 0 to 1"),
        ({"least": "0.5"}, "must be numbers from 0 to 1"),
        ({"agreement": True}, "must be numbers from 0 to 1"),
        ({"agreement": float("nan")}, "must be numbers from 0 to 1"),
        ({"weights": []}, "weights must be an object of at most 100 numbers"),
        ({"weights": {"draft": None}}, "a number from -1e"),
        ({"weights": {"draft": float("inf")}}, "a number from -1e"),
        ({"surprise": 0.5}, "it must have agreement, least, version, weights and no more: s"),
    ],
)
def test_what_is_no_gate_is_refused(tmp_path, change, complaint):
    """A damaged file made the editor silent, for ever and without a word."""
    raw = {**json.loads(as_file(GATE)), **change}
    (tmp_path / GATE_FILE).write_text(json.dumps(raw))
    with pytest.raises(CheckpointError, match=complaint):
        read_gate(tmp_path)


@pytest.fixture
def evaluate(source, capsys):
    def run(*arguments):
        where = ["--source", str(source), "--device", "cpu"]
        code = main(["eval", "gate", *where, "--limit", "36", *arguments])
        return code, *capsys.readouterr()

    return run


def test_the_command_fits_and_the_engine_tells(evaluate, tmp_path):
    """Guards a file that nobody reads, and a table without a row."""
    folder = shutil.copytree(embedded_model(), tmp_path / "checkpoint")
    code, printed, complaints = evaluate("--fit", str(folder))
    assert (code, complaints) == (0, "")
    names = [line.split()[0] for line in printed.splitlines()[1:4]]
    assert names == ["open", "ranked", "gated"]
    assert "worth showing from 0.09 on" in printed
    assert f"written to {folder / GATE_FILE}" in printed
    assert asyncio.run(welcome_gate(folder)) == read_gate(folder)
    assert read_gate(folder) is not None


async def welcome_gate(folder):
    async with opened(load(folder, torch.device("cpu"))) as backend:
        return backend.welcome.gate


def test_too_little_is_said_in_a_line(evaluate, checkpoint_folder):
    """The tiny checkpoint writes next to nothing."""
    code, printed, complaints = evaluate("--model", str(checkpoint_folder), "--limit", "6")
    assert (code, printed) == (2, "")
    assert "too few to fit a gate to; give more holes" in complaints


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--fit", "/nowhere"], "/nowhere is no checkpoint's folder"),
        (["--fit", ".", "--engine", "tcp://127.0.0.1:1"], "leave --model and --engine out"),
        (["--fit", ".", "--model", "other"], "leave --model and --engine out"),
    ],
)
def test_bad_input(evaluate, arguments, complaint):
    code, printed, complaints = evaluate(*arguments)
    assert (code, printed, complaint in complaints) == (2, "", True)
