"""The gate: how it is fitted, written, read, and told to clients."""

import asyncio
import json
import shutil

import pytest
import torch
from asking import opened
from hypothesis import given
from hypothesis import strategies as st

from diffgem_engine.__main__ import main
from diffgem_engine.checkpoint import load
from diffgem_engine.checkpoint_files import CheckpointError
from diffgem_engine.evaluation.gate.fitting import LEAST_LOOKS, Look, fit, shown, threshold, worth
from diffgem_engine.evaluation.gate.report import FOLDS, described
from diffgem_engine.gate_json import GATE_FILE, read_gate
from diffgem_engine.gate_json import described as as_file
from diffgem_engine.protocol import Gate

GATE = Gate(0.25, 0.5, 0.0, 1.0)


def look(confidence, right, *, origin="denoised", agreement=None, fold=0, kind="line"):
    return Look(fold, kind, origin, confidence, agreement, right)


@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.3, 0.7, 0.9]), st.booleans())),
    st.sampled_from([0.1, 0.25, 1.0, 4.0]),
)
def test_no_other_threshold_is_worth_more(scored, price):
    """Guards ties that are torn apart, and an end of the list that is never tried."""

    def gain(least):
        return sum(1.0 if right else -price for score, right in scored if score >= least)

    found = gain(threshold(scored, price))
    assert found == pytest.approx(max(map(gain, (0.0, 0.15, 0.25, 0.5, 0.8, 1.0))))


def test_each_origin_has_a_threshold_of_its_own():
    """A draft's confidence is the encoder's, a canvas' the decoder's: the two do not compare."""
    looks = [look(n / 100, n >= 60) for n in range(100)]
    looks += [look(n / 100, n >= 20, origin="draft") for n in range(100)]
    looks += [look(0.9, False, origin="autoregressive")] * (LEAST_LOOKS - 1)
    gate = fit(looks, 0.25)
    assert gate == Gate(denoised=0.595, draft=0.195, autoregressive=0.0)
    assert sum(each.right for each in shown(looks, gate)) == 40 + 80
    assert worth(shown(looks, gate), 0.25) == 120 - 0.25 * (LEAST_LOOKS - 1)


def test_seeds_that_disagree_are_worth_less():
    looks = [look(0.9, share > 0.5, agreement=share) for share in (0.25, 0.75) for _ in range(30)]
    gate = fit(looks, 0.25)
    assert gate == Gate(agreement=0.5)
    assert len(shown(looks, gate)) == 30


def test_nothing_that_is_right_shuts_the_gate():
    assert fit([look(n / 100, False) for n in range(100)], 0.25).denoised == 1.0


def test_a_gate_is_judged_by_other_files():
    """Fitted to the very noise that it is measured by, any gate looks good."""
    lucky = [look(n / 100, n == 99, fold=n % FOLDS) for n in range(100)]
    report = described(lucky, 200, 0.25)
    assert report["gate"]["denoised"] == 0.985
    assert report["gated"]["worth"] <= 0  # the one that is right is of a fold that knew of none
    assert report["open"]["worth"] == 1 - 0.25 * 99
    assert report["open"]["found"] == 1 / 200


def test_what_is_written_is_read(tmp_path):
    assert read_gate(tmp_path) is None
    (tmp_path / GATE_FILE).write_text(as_file(GATE))
    assert read_gate(tmp_path) == GATE


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"version": 2}, "has version 2, this engine reads 1"),
        ({"draft": 1.5}, "each a number from 0 to 1"),
        ({"draft": "0.5"}, "each a number from 0 to 1"),
        ({"draft": True}, "each a number from 0 to 1"),
        ({"draft": float("nan")}, "each a number from 0 to 1"),
        ({"surprise": 0.5}, "must have denoised, draft, autoregressive, agreement"),
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
        code = main(["eval", "gate", *where, "--limit", "6", "--steps", "1", *arguments])
        return code, *capsys.readouterr()

    return run


def test_the_command_fits_and_the_engine_tells(evaluate, checkpoint_folder, tmp_path):
    """Guards a file that nobody reads."""
    folder = shutil.copytree(checkpoint_folder, tmp_path / "checkpoint")
    code, printed, complaints = evaluate("--fit", str(folder), "--json", "--seeds", "2")
    report = json.loads(printed)
    assert (code, complaints, report["written"]) == (0, "", str(folder / GATE_FILE))
    assert {"about", "price", "gate", "of_folds", "open", "gated", "kinds"} <= set(report)
    (folder / GATE_FILE).write_text(as_file(GATE))
    assert asyncio.run(welcome_gate(folder)) == GATE


async def welcome_gate(folder):
    async with opened(load(folder, torch.device("cpu"))) as backend:
        return backend.welcome.gate


def test_the_table(evaluate, checkpoint_folder):
    code, printed, _ = evaluate("--model", str(checkpoint_folder))
    assert code == 0
    assert [line.split()[0] for line in printed.splitlines()[1:3]] == ["open", "gated"]
    assert "worth showing from: denoised" in printed


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
