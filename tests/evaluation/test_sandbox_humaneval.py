"""pass@1 of tiny problems, run for real."""

import asyncio
import json

import pytest
from problem_files import problem

from diffgem_engine.evaluation.humaneval import answered, evaluate
from diffgem_engine.evaluation.sandbox.limits import Limits
from diffgem_engine.evaluation.sandbox.outcome import Verdict
from diffgem_engine.evaluation.sandbox.running import Pool

PROBLEMS = [
    problem(),
    problem(task_id="Ours/1", suffix="    return y + 0\n"),
    problem(
        task_id="Ours/2",
        prompt="def total(xs):\n    s = 0\n    for x in xs:\n        ",
        suffix="\n    return s\n",
        canonical_solution="s += x",
        test="def check(candidate):\n    assert candidate([1, 2, 3]) == 6",
        entry_point="total",
    ),
]
MIDDLES = {
    "    y = x + x\n": Verdict.PASSED,
    "    y = 3 * x\n": Verdict.FAILED,
    "    return 2 * x\n": Verdict.PASSED,
    "    y = x +\n": Verdict.FAILED,
    "": Verdict.FAILED,
    "    while True: pass\n": Verdict.TIMED_OUT,
    "    import os; os._exit(0)\n": Verdict.FAILED,
    "    import sys; sys.exit(0)\n": Verdict.FAILED,
    "    import os; os.system('true')\n": Verdict.REFUSED,
    "    y = 0\ndef check(candidate): pass\nif 1:\n    y = 1\n    def f():\n": Verdict.FAILED,
    "    y = 0; global check; check = print\n": Verdict.FAILED,
    "    y = '''\n": Verdict.FAILED,
    "    y = 0 #\0\n": Verdict.FAILED,
}


@pytest.fixture
def pool():
    with Pool(Limits(seconds=3.0)) as pool:
        yield pool


async def canonical(of):
    return of.canonical_solution


async def test_the_authors_own_middles_pass(pool):
    """Guards a harness that runs another text than the benchmark's."""
    report = await evaluate(PROBLEMS, canonical, pool)
    assert report.model.pass_at_1 == 1.0
    assert [answer.task_id for answer in report.answers] == ["Ours/0", "Ours/1", "Ours/2"]
    assert set(report.baselines) == {"empty", "repeat", "copy"}
    assert [score.passed for score in report.baselines.values()] == [0, 0, 0]


async def test_each_middle_has_its_own_outcome(pool):
    """Guards tests that the middle replaced, or that were never run."""
    middles = iter(MIDDLES)

    async def fill(_):
        return next(middles)

    answers = await answered([problem()] * len(MIDDLES), fill, pool, fills_at_once=1)
    assert {answer.middle: answer.outcome.verdict for answer in answers} == MIDDLES


async def test_a_report_is_json(pool):
    report = (await evaluate(PROBLEMS[:1], canonical, pool, baselines={})).as_json()
    assert json.loads(json.dumps(report)) == report
    assert report["model"]["pass@1"] == 1.0
    assert report["model"]["ci95"] == pytest.approx([0.2065, 1.0], abs=1e-4)
    assert report["answers"] == [
        {"task_id": "Ours/0", "middle": "    y = 2 * x\n", "outcome": "passed", "detail": ""}
    ]


async def test_no_more_is_asked_for_at_once_than_may_be(pool):
    """Guards a model that is asked for a thousand middles at a time, and one that is never."""
    asked, most = 0, 0

    async def fill(of):
        nonlocal asked, most
        asked += 1
        most = max(most, asked)
        await asyncio.sleep(0)
        asked -= 1
        return of.canonical_solution

    await answered(PROBLEMS * 2, fill, pool, fills_at_once=2)
    assert most == 2


async def test_what_fill_raises_ends_the_evaluation(pool):
    """Guards an engine's failure that is counted as the model's."""

    async def fill(_):
        raise ConnectionError("the engine is gone")

    with pytest.raises(ConnectionError, match="the engine is gone"):
        await evaluate(PROBLEMS, fill, pool)
