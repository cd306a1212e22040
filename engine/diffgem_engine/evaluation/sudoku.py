"""Held-out puzzles, solved by an engine as any client would have it fill holes."""

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from diffgem_engine.checkpoint.tokenizer import BROKEN
from diffgem_engine.evaluation.asking import AskedEngine
from diffgem_engine.evaluation.hole_figures import share, spread
from diffgem_engine.protocol import Pinned, Progress, Sampling
from diffgem_engine.training.sudoku.layout import as_text, canvas_of, filled
from diffgem_engine.training.sudoku.puzzles import Puzzle

EXAMPLES = 3


@frozen
class Attempt:
    """What became of a puzzle; `givens_kept`: all that was pinned came back as it was."""

    puzzle: Puzzle
    cells: tuple[int, ...]  # 0 for what is no digit
    givens_kept: bool
    steps: int
    ms: float

    @property
    def solved(self) -> bool:
        return self.givens_kept and self.cells == self.puzzle.solution

    @property
    def right(self) -> int:
        """Blanks with the right digit in them."""
        pairs = zip(self.puzzle.givens, self.cells, self.puzzle.solution, strict=True)
        return sum(not given and cell == answer for given, cell, answer in pairs)


@frozen
class Example:
    """Three grids as text."""

    givens: str
    filled: str
    solution: str


@frozen
class SudokuReport:
    """Shares are 0..1; examples are unsolved ones, if there are."""

    puzzles: int
    givens: int
    solved: dict[str, Any]  # with its 95% interval
    cells_right: float  # of the blanks
    givens_kept: float  # of the puzzles
    steps: float  # the mean
    at_once: int
    latency_ms: dict[str, Any]  # p50 and p95, from asking to the answer
    seconds: float  # all of them together
    examples: list[Example]


async def evaluate(
    engine: AskedEngine,
    puzzles: Sequence[Puzzle],
    sampling: Sampling,
    at_once: int,
    tick: Callable[[], None] = lambda: None,
) -> SudokuReport:
    """`at_once` are asked for at a time.  The puzzles, one at least, have equally many givens.

    Raises what the engine raises.
    """
    gate = asyncio.Semaphore(at_once)

    async def attempt(number: int, puzzle: Puzzle) -> Attempt:
        async with gate:
            done = await solve(engine, puzzle, sampling, seed=number)
            tick()
            return done

    began = time.perf_counter()
    attempts = await asyncio.gather(*(attempt(i, puzzle) for i, puzzle in enumerate(puzzles)))
    return report(attempts, at_once, time.perf_counter() - began)


async def solve(engine: AskedEngine, puzzle: Puzzle, sampling: Sampling, seed: int) -> Attempt:
    """One request, a hole for each blank."""
    steps: list[Progress] = []
    canvas = canvas_of(puzzle.givens)
    began = time.perf_counter()
    result = await engine.infill(
        "", "", canvas, seed=seed, sampling=sampling, on_progress=steps.append
    )
    ms = 1000 * (time.perf_counter() - began)
    pinned = "".join(part.text for part in canvas if isinstance(part, Pinned))
    kept = bool(steps) and all(_pinned(step) == pinned for step in steps)
    cells = filled(puzzle.givens, result.candidates[0].texts)
    return Attempt(puzzle, cells, kept, result.steps, ms)


def _pinned(step: Progress) -> str:
    """What stands in the pinned slots, in the engine's own words.

    A hole with a byte that is no UTF-8 shows in the cell behind it, which is otherwise as it was.
    """
    pairs = zip(step.cells, step.states, strict=True)
    return "".join(cell for cell, state in pairs if state == "p").replace(BROKEN, "")


def report(attempts: Sequence[Attempt], at_once: int, seconds: float) -> SudokuReport:
    """Raises ValueError without attempts."""
    if not attempts:
        raise ValueError("no puzzle, no report")
    blanks = sum(attempt.puzzle.givens.count(0) for attempt in attempts)
    unsolved = [attempt for attempt in attempts if not attempt.solved]
    return SudokuReport(
        puzzles=len(attempts),
        givens=sum(map(bool, attempts[0].puzzle.givens)),
        solved=share([attempt.solved for attempt in attempts]),
        cells_right=sum(attempt.right for attempt in attempts) / blanks,
        givens_kept=statistics.fmean(attempt.givens_kept for attempt in attempts),
        steps=statistics.fmean(attempt.steps for attempt in attempts),
        at_once=at_once,
        latency_ms=spread([attempt.ms for attempt in attempts]),
        seconds=seconds,
        examples=[_example(attempt) for attempt in (unsolved or attempts)[:EXAMPLES]],
    )


def _example(attempt: Attempt) -> Example:
    puzzle = attempt.puzzle
    return Example(as_text(puzzle.givens), as_text(attempt.cells), as_text(puzzle.solution))
