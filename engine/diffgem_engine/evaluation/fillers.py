"""Middles that cost nothing: what a model must beat on HumanEval-Infilling."""

from collections.abc import Awaitable, Callable

from diffgem_engine.evaluation import baselines
from diffgem_engine.evaluation.cases import LineCase
from diffgem_engine.evaluation.problems import Problem

Fill = Callable[[Problem], Awaitable[str]]


async def empty(problem: Problem) -> str:
    return ""


async def repeat(problem: Problem) -> str:
    """The previous line once more, as it is indented."""
    return _as_middle(problem, baselines.repeat_previous(_case(problem)))


async def copy(problem: Problem) -> str:
    """The line that followed the previous line the last time it stood in the prompt."""
    return _as_middle(problem, baselines.copy_following(_case(problem)))


BASELINES: dict[str, Fill] = {"empty": empty, "repeat": repeat, "copy": copy}


def _case(problem: Problem) -> LineCase:
    return LineCase(problem.prompt, problem.suffix, problem.canonical_solution)


def _as_middle(problem: Problem, line: str) -> str:
    """A whole line where the hole is one, indented as the last line with anything on it."""
    if not line or not problem.prompt.endswith("\n"):
        return line
    last = problem.prompt.rstrip().rpartition("\n")[2]
    indent = last[: len(last) - len(last.lstrip())]
    return indent + line + ("" if problem.suffix.startswith("\n") else "\n")
