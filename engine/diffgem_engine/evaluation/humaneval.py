"""pass@1 on HumanEval-Infilling: the middles run with the benchmark's tests, in a sandbox."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from diffgem_engine.evaluation.fillers import BASELINES, Fill
from diffgem_engine.evaluation.problems import Problem, program
from diffgem_engine.evaluation.sandbox.outcome import Outcome
from diffgem_engine.evaluation.sandbox.running import Pool
from diffgem_engine.evaluation.scores import Score

FILLS_AT_ONCE = 8


@frozen
class Answer:
    """One problem, what it was filled with, and how that ended."""

    task_id: str
    middle: str
    outcome: Outcome

    def as_json(self) -> dict[str, Any]:
        """Without what the program printed."""
        return {
            "task_id": self.task_id,
            "middle": self.middle,
            "outcome": self.outcome.verdict.value,
            "detail": self.outcome.detail,
        }


@frozen
class HumanEvalReport:
    """The model's score beside those of the baselines; `answers` are the model's."""

    model: Score
    baselines: dict[str, Score]
    answers: list[Answer]

    def as_json(self) -> dict[str, Any]:
        """`{"model": {"pass@1", "ci95", "n", "outcomes"}, "baselines": {name: ...}, "answers"}`."""
        return {
            "model": self.model.as_json(),
            "baselines": {name: score.as_json() for name, score in self.baselines.items()},
            "answers": [answer.as_json() for answer in self.answers],
        }


async def evaluate(
    problems: Sequence[Problem],
    fill: Fill,
    pool: Pool,
    *,
    baselines: Mapping[str, Fill] = BASELINES,
    fills_at_once: int = FILLS_AT_ONCE,
) -> HumanEvalReport:
    """One middle a problem from `fill`, `fills_at_once` asked for at a time, then the baselines.

    What `fill` raises ends the evaluation, as does SandboxUnavailable; ValueError without problems.
    """
    answers = await answered(problems, fill, pool, fills_at_once=fills_at_once)
    scores = {}
    for name, baseline in baselines.items():
        scores[name] = _score(await answered(problems, baseline, pool))
    return HumanEvalReport(_score(answers), scores, answers)


async def answered(
    problems: Sequence[Problem], fill: Fill, pool: Pool, *, fills_at_once: int = FILLS_AT_ONCE
) -> list[Answer]:
    """In the problems' order.  A middle is run as soon as it is there.

    Raises what was raised first, by `fill` or as SandboxUnavailable.
    """
    gate = asyncio.Semaphore(fills_at_once)

    async def answer(problem: Problem) -> Answer:
        async with gate:
            middle = await fill(problem)
        return Answer(problem.task_id, middle, await pool.run(program(problem, middle)))

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(answer(problem)) for problem in problems]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


def _score(answers: Sequence[Answer]) -> Score:
    return Score.of([answer.outcome for answer in answers])
