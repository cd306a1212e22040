"""Attempts at puzzles -> figures, on scripted answers."""

import asyncio

import pytest

from diffgem_engine.backends import RequestError
from diffgem_engine.evaluation import sudoku
from diffgem_engine.evaluation.sudoku import Attempt
from diffgem_engine.protocol import Candidate, Pinned, Progress, Result, Sampling
from diffgem_engine.training.sudoku.layout import as_text
from diffgem_engine.training.sudoku.puzzles import Puzzle

FULL = tuple((3 * (row % 3) + row // 3 + column) % 9 + 1 for row in range(9) for column in range(9))
BLANKS = 5


def puzzle(shift=0):
    """Its first cells are blank."""
    solution = tuple((digit + shift - 1) % 9 + 1 for digit in FULL)
    return Puzzle((*[0] * BLANKS, *solution[BLANKS:]), solution)


def answers(one):
    return [str(digit) for digit in one.solution[:BLANKS]]


def attempt(wrong=0, *, kept=True, steps=4, ms=10.0):
    """`wrong` blanks have another digit."""
    one = puzzle()
    others = [digit % 9 + 1 for digit in one.solution[:wrong]]
    return Attempt(one, (*others, *one.solution[wrong:]), kept, steps, ms)


class Scripted:
    """Has an answer ready for each puzzle, by its first given, and notes what is asked at once."""

    def __init__(self, *puzzles, change=lambda texts: texts, cells=lambda cells: cells):
        self._answers = {canvas_text(one): answers(one) for one in puzzles}
        self._change, self._cells = change, cells
        self.seeds, self.samplings, self.now, self.most = [], [], 0, 0

    async def infill(self, prefix, suffix, canvas, *, seed, sampling, on_progress, **_):
        assert (prefix, suffix) == ("", "")
        self.seeds.append(seed)
        self.samplings.append(sampling)
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        pinned = "".join(part.text for part in canvas if isinstance(part, Pinned))
        texts = self._change(self._answers[pinned])
        for step in (1, 2):
            shown = [("a", text) for text in texts] + [("p", cell) for cell in pinned]
            states, cells = zip(*shown, strict=True)
            on_progress(Progress(1, step, tuple(self._cells(list(cells))), "".join(states)))
        return Result(1, (Candidate(tuple(texts), 0.9),), 2, 2, 2, 0.0, 0.0, 0.0)


def canvas_text(one):
    return as_text(one.givens).replace(".", "")


def test_solved_is_every_cell_right_and_every_given_kept():
    """Guards a puzzle that counts as solved with another solution than its one, or without its
    givens.
    """
    assert attempt().solved
    assert not attempt(1).solved
    assert not attempt(kept=False).solved
    assert [attempt(wrong).right for wrong in (0, 2, 5)] == [5, 3, 0]


def test_figures_by_hand():
    attempts = [attempt(), attempt(2, steps=8, ms=30.0), attempt(kept=False, steps=6, ms=20.0)]
    found = sudoku.report(attempts, at_once=2, seconds=1.5)
    assert (found.puzzles, found.givens, found.at_once, found.seconds) == (3, 76, 2, 1.5)
    assert found.solved["share"] == pytest.approx(1 / 3)
    low, high = found.solved["ci95"]
    assert 0 < low < 1 / 3 < high < 1
    assert found.cells_right == pytest.approx(13 / 15)
    assert found.givens_kept == pytest.approx(2 / 3)
    assert found.steps == 6.0
    assert found.latency_ms["p50"] == 20.0
    assert 20.0 < found.latency_ms["p95"] <= 30.0


def test_examples_are_what_went_wrong():
    found = sudoku.report([attempt(), attempt(1)], 1, 1.0)
    (example,) = found.examples
    assert example.givens == as_text(puzzle().givens)
    assert example.solution == as_text(puzzle().solution)
    assert example.filled == as_text(attempt(1).cells) != example.solution
    assert len(sudoku.report([attempt()] * 5, 1, 1.0).examples) == 3
    assert sudoku.report([attempt()], 1, 1.0).examples[0].filled == example.solution


def test_no_puzzle_no_report():
    with pytest.raises(ValueError, match="no puzzle"):
        sudoku.report([], 1, 1.0)


async def test_an_engine_that_is_right_solves_everything():
    puzzles, ticks = [puzzle(shift) for shift in range(9)], []
    engine, sampling = Scripted(*puzzles), Sampling(steps=7)
    found = await sudoku.evaluate(engine, puzzles, sampling, 3, lambda: ticks.append(1))
    assert found.solved["share"] == found.cells_right == found.givens_kept == 1.0
    assert found.steps == 2
    assert len(ticks) == 9
    assert sorted(engine.seeds) == [*range(9)]
    assert set(engine.samplings) == {sampling}
    assert engine.most == 3


async def test_one_wrong_cell_is_no_solution():
    """Guards a share of cells that passes for one of puzzles."""
    engine = Scripted(puzzle(), change=lambda texts: [*texts[:-1], texts[0]])
    found = await sudoku.evaluate(engine, [puzzle()], Sampling(), 1)
    assert found.solved["share"] == 0.0
    assert found.cells_right == pytest.approx(0.8)
    assert found.givens_kept == 1.0


async def test_what_is_no_digit_is_wrong():
    engine = Scripted(puzzle(), change=lambda texts: ["", "x", "12", "\ufffd", texts[4]])
    found = await sudoku.evaluate(engine, [puzzle()], Sampling(), 1)
    assert (found.solved["share"], found.cells_right) == (0.0, pytest.approx(0.2))
    assert found.examples[0].filled.startswith("....")


def other_given(cells):
    return [*cells[:-1], "1" if cells[-1] != "1" else "2"]


async def test_a_given_that_changes_is_found():
    """Guards a proof of pinning that never looks at what is pinned."""
    engine = Scripted(puzzle(), cells=other_given)
    found = await sudoku.evaluate(engine, [puzzle()], Sampling(), 1)
    assert (found.givens_kept, found.solved["share"]) == (0.0, 0.0)
    assert found.cells_right == 1.0


async def test_a_broken_character_before_a_given_does_not_change_it():
    """Guards givens that pass for lost: bytes that make no character show in the next cell."""
    engine = Scripted(
        puzzle(), cells=lambda cells: [*cells[:BLANKS], "\ufffd" + cells[BLANKS], *cells[6:]]
    )
    found = await sudoku.evaluate(engine, [puzzle()], Sampling(), 1)
    assert found.givens_kept == 1.0


async def test_what_the_engine_refuses_is_raised():
    class Refusing(Scripted):
        async def infill(self, *_, **__):
            raise RequestError("bad-request", "no such canvas")

    with pytest.raises(RequestError, match="no such canvas"):
        await sudoku.evaluate(Refusing(), [puzzle(), puzzle(1)], Sampling(), 1)
