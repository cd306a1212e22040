"""HumanEval-Infilling's problems as requests to an engine."""

import re
import statistics
from collections.abc import Callable
from typing import Any

from diffgem_engine.evaluation.asking import AskedEngine
from diffgem_engine.evaluation.problems import Problem
from diffgem_engine.protocol import Hole, Sampling

STEP = "    "  # by which Python is indented there
LINE_SLOTS, LINES_SLOTS, SPAN_SLOTS = 22, 54, 54  # as the language server asks, by kind
OPENER = re.compile(r".*:\s*(#.*)?$")
LEAVER = re.compile(r"\s*(return|break|continue|raise|pass)\b")


class Filler:
    """Asks an engine for the middles of problems, and counts its steps."""

    def __init__(self, engine: AskedEngine, sampling: Sampling, tick: Callable[[], None]) -> None:
        self._engine, self._sampling, self._tick = engine, sampling, tick
        self._steps: list[int] = []
        self._denoise_ms: list[float] = []

    async def diffusion(self, problem: Problem) -> str:
        return await self._fill(problem, "diffusion")

    async def autoregressive(self, problem: Problem) -> str:
        """The same weights, token after token."""
        return await self._fill(problem, "autoregressive")

    def figures(self) -> dict[str, Any]:
        """Of the denoised middles: mean steps, and milliseconds of denoising at the median."""
        return {
            "steps": statistics.fmean(self._steps) if self._steps else None,
            "denoise_ms": statistics.median(self._denoise_ms) if self._denoise_ms else None,
        }

    async def _fill(self, problem: Problem, path: str) -> str:
        """Whole lines, where the middle is some, are asked for behind their indent.

        The benchmark's middle then starts with the indent, as an editor's cursor has it already.
        """
        whole, indent = _starts_a_line(problem), indent_of(problem)
        prefix = problem.prompt + (indent if whole else "")
        suffix = ("\n" if whole else "") + problem.suffix
        result = await self._engine.infill(
            prefix, suffix, (Hole(_slots(problem)),), sampling=self._sampling, path=path
        )
        self._tick()
        if path == "diffusion":
            self._steps.append(result.steps)
            self._denoise_ms.append(result.denoise_ms)
        text = "".join(result.candidates[0].texts)
        if not whole:
            return text
        if "SingleLine" in problem.task_id:
            text = text.split("\n", 1)[0]
        return f"{indent}{text}\n"


def _slots(problem: Problem) -> int:
    """By the kind of the benchmark, which says what is asked for; never by the answer."""
    if "SingleLine" in problem.task_id:
        return LINE_SLOTS
    return LINES_SLOTS if "MultiLine" in problem.task_id else SPAN_SLOTS


def _starts_a_line(problem: Problem) -> bool:
    return problem.prompt.endswith("\n") and "RandomSpan" not in problem.task_id


def indent_of(problem: Problem) -> str:
    """Where an editor would put the cursor on the line after the prompt.

    One step deeper behind what opens a block, as deep as what follows behind what leaves one, else
    as deep as the line before.
    """
    before = problem.prompt.rstrip().rsplit("\n", 1)[-1]
    after = next((line for line in problem.suffix.split("\n") if line.strip()), "")
    own, following = _indent(before), _indent(after)
    if OPENER.fullmatch(before):
        return own + STEP
    if LEAVER.match(before) and len(following) < len(own):
        return following or STEP
    return own


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
