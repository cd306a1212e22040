"""`diffgem-engine eval sudoku`, with an engine of its own and with a running one."""

import json
from itertools import islice

import pytest
from attrs import evolve
from running import here_and_there

from diffgem_engine.__main__ import main
from diffgem_engine.checkpoint import loading
from diffgem_engine.commands import eval_sudoku, evaluating
from diffgem_engine.evaluation import sudoku
from diffgem_engine.protocol import Sampling
from diffgem_engine.serving import validation
from diffgem_engine.training.sudoku import puzzles, task

KEYS = {
    "puzzles", "givens", "solved", "cells_right", "givens_kept", "steps", "at_once", "latency_ms",
    "seconds", "examples",
}  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """What `train --task sudoku` makes, after a step."""
    out = tmp_path_factory.mktemp("sudoku") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task, "SAMPLES", 1)
        small = ["--layers", "1", "--rows", "1", "--slice", "1e-9", "--no-compile"]
        assert main(["train", "--task", "sudoku", "--out", str(out), *small]) == 0
    return out / "model"


@pytest.fixture
def evaluate(trained, capsys):
    def run(*arguments, model=trained):
        where = ["--model", str(model), "--device", "cpu"]
        code = main(["eval", "sudoku", *where, "--limit", "2", "--steps", "2", *arguments])
        return code, *capsys.readouterr()

    return run


def test_every_figure_is_a_key(evaluate):
    """Guards keys that scripts read, and what training writes against what evaluating reads."""
    code, printed, complaints = evaluate("--json")
    report = json.loads(printed)
    assert (code, complaints) == (0, "")
    assert set(report) == KEYS | {"about"}
    assert (report["puzzles"], report["givens"], report["at_once"]) == (2, 40, 8)
    assert set(report["solved"]) == {"share", "ci95", "n"}
    assert (report["solved"]["share"], report["solved"]["n"]) == (0.0, 2)
    assert 0 <= report["cells_right"] < 0.6
    assert report["givens_kept"] == 1.0
    assert report["steps"] == 2
    assert set(report["latency_ms"]) == {"p50", "p95"}
    assert [set(example) for example in report["examples"]] == [
        {"givens", "filled", "solution"}
    ] * 2
    for example in report["examples"]:
        pairs = zip(example["givens"], example["filled"], strict=True)
        assert all(given in (".", cell) for given, cell in pairs)


def test_the_table_says_it_in_words(evaluate):
    code, printed, _ = evaluate("--givens", "60", "--seed", "3", "--at-once", "1")
    lines = printed.splitlines()
    assert code == 0
    assert lines[0] == "2 held-out puzzles with 60 givens"
    assert [line.split()[0] for line in lines[1:6]] == [
        "solved",
        "cells",
        "givens",
        "steps",
        "time",
    ]
    assert "1 at once" in lines[5]
    assert lines[7].split() == ["puzzle", "filled", "solution"]
    assert [len(line.split()) for line in lines[8:]] == [3] * 9


def test_a_seed_is_other_puzzles(evaluate):
    """Guards an option that is read and does nothing."""
    one, same, other = (
        json.loads(evaluate("--json", "--seed", seed)[1])["examples"][0]["solution"]
        for seed in ("1", "1", "2")
    )
    assert one == same != other


def test_the_embedded_model_is_not_asked(capsys):
    """Guards a quarter of an hour for a score of nothing."""
    assert main(["eval", "sudoku"]) == 2
    assert "give --model RUN/model" in capsys.readouterr().err


def test_a_model_of_code_solves_nothing(evaluate, checkpoint_folder):
    """Guards a crash over tokens of several digits: it is a model as any other."""
    code, printed, complaints = evaluate("--json", model=checkpoint_folder)
    report = json.loads(printed)
    assert (code, complaints) == (0, "")
    assert report["solved"]["share"] == 0.0
    assert report["givens_kept"] == 1.0


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--givens", "25"),
        ("--givens", "81"),
        ("--givens", "many"),
        ("--limit", "0"),
        ("--seed", "-1"),
        ("--seed", str(2**63)),
        ("--steps", "0"),
        ("--steps", "257"),
        ("--at-once", "0"),
    ],
)
def test_numbers_out_of_range_are_refused_before_any_work(evaluate, capsys, option, value):
    """Guards puzzles that are sought without end, and a request that an engine would refuse."""
    with pytest.raises(SystemExit) as left:
        evaluate(option, value, model="/nowhere")
    assert left.value.code == 2
    assert f"argument {option}: " in capsys.readouterr().err


def test_the_ranges_are_those_of_puzzles_and_engines():
    """Guards a copy that goes its own way."""
    assert (eval_sudoku.FEWEST, eval_sudoku.MOST) == (puzzles.FEWEST, puzzles.MOST)
    assert evaluating.MAX_STEPS == validation.MAX_STEPS
    assert eval_sudoku.MOST_SEED == validation.MAX_SEED


@pytest.mark.parametrize("givens", [puzzles.FEWEST, puzzles.MOST])
async def test_a_running_engine_gives_the_same_figures(trained, givens):
    """Guards a canvas of many holes that the wire or its limits would not have, and a remote engine
    that is asked for something else.
    """
    loaded = loading.load(trained)
    asked = list(islice(puzzles.held_out_puzzles(givens, seed=1), 2))
    here, there = await here_and_there(
        loaded, lambda engine: sudoku.evaluate(engine, asked, Sampling(steps=2), 2)
    )
    assert here.givens_kept == 1.0
    untimed = (evolve(report, seconds=0.0, latency_ms={}) for report in (here, there))
    assert next(untimed) == next(untimed)
