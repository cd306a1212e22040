"""Grids, the solver, puzzles with one solution, and the side they are on."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sudoku import is_full, solve

from diffgem_engine.training.sudoku.grids import random_grid, relatives, solutions
from diffgem_engine.training.sudoku.puzzles import (
    FEWEST,
    HELD_OUT,
    held_out_puzzles,
    is_held_out,
    ranks,
)
from diffgem_engine.training.sudoku.source import FRESH, GIVENS, generate

SEVENTEEN_GIVENS = (
    "000000010400000000020000000000050407008000300001090000300400200050100000000806000"
)
seeds = st.integers(0, 2**32)
few = settings(  # a smaller seed is no smaller case
    max_examples=8, deadline=None, phases=(Phase.reuse, Phase.generate)
)


def random(seed):
    return np.random.default_rng(seed)


def some_grids(count, seed=0):
    rng = random(seed)
    return np.array([random_grid(rng) for _ in range(count)])


def puzzle(grid, order, givens):
    return np.where(order < givens, grid, 0).tolist()


@few
@given(seed=seeds, blanks=st.integers(0, 60))
def test_the_solver_finds_what_exact_cover_finds(seed, blanks):
    """Guards a solution that is missed: a puzzle with two would pass for one with one."""
    rng = random(seed)
    cells = np.array(random_grid(rng))
    cells[rng.permutation(81)[:blanks]] = 0
    found = solutions(cells.tolist(), most=3)
    assert len(set(found)) == len(found)
    if len(found) < 3:
        assert set(found) == set(solve(cells.tolist(), most=4))
    else:
        assert len(solve(cells.tolist(), most=3)) == 3
    for grid in found:
        assert is_full(grid)
        assert all(cell in (0, digit) for cell, digit in zip(cells, grid, strict=True))


def test_a_puzzle_with_the_fewest_givens_that_there_are():
    cells = [int(digit) for digit in SEVENTEEN_GIVENS]
    assert solutions(cells, most=2) == solve(cells)


@pytest.mark.parametrize("unit", [(0, 8), (0, 72), (0, 20)])
def test_a_digit_twice_in_a_unit_has_no_solution(unit):
    """Guards givens that contradict one another and are solved all the same."""
    cells = [0] * 81
    for cell in unit:
        cells[cell] = 5
    assert solutions(cells, most=1) == []


def test_a_blank_without_a_digit_left_has_no_solution():
    cells = [1, 2, 3, 4, 5, 6, 7, 8, 0, *[0] * 72]
    cells[17] = 9
    assert solutions(cells, most=1) == []


def test_no_more_solutions_than_asked_for():
    assert len(solutions([0] * 81, most=5)) == 5


def test_random_grids_are_full_and_differ():
    grids = some_grids(40)
    assert all(map(is_full, grids))
    assert len({grid.tobytes() for grid in grids}) == 40
    assert {int(digit) for digit in grids[:, 40]} == set(range(1, 10))


@few
@given(seed=seeds, fewest=st.sampled_from([1, FEWEST, 40]))
def test_every_rank_has_a_puzzle_with_one_solution(seed, fewest):
    """Guards puzzles with two solutions: the right one of them would count as a mistake."""
    rng = random(seed)
    grid = np.array(random_grid(rng))
    order = ranks(grid, fewest, rng)
    left = int((order == 0).sum())  # the first that could not go any more has rank 0 as well
    for givens in (fewest, left, 60):
        cells = puzzle(grid, order, givens)
        assert sum(map(bool, cells)) == max(givens, left)
        assert solve(cells) == [tuple(grid.tolist())]


def test_what_cannot_be_taken_away_has_rank_0():
    """Guards cells that are kept without a reason, and with them puzzles that never get hard."""
    rng = random(5)
    grid = np.array(random_grid(rng))
    order = ranks(grid, 0, rng)
    cells = puzzle(grid, order, 1)
    for cell in np.flatnonzero(order == 0)[::3]:
        assert len(solve([0 if at == cell else digit for at, digit in enumerate(cells)])) == 2


@few
@given(seed=seeds)
def test_relatives_are_full_grids_whose_puzzles_keep_their_one_solution(seed):
    """Guards a move that is no symmetry, and marks that do not move with their cells."""
    rng = random(seed)
    grids = np.array([random_grid(rng) for _ in range(2)])
    order = np.array([ranks(grid, 36, rng) for grid in grids])
    moved, marks = relatives(grids, order, 5, rng)
    assert moved.shape == marks.shape == (5, 81)
    for number in range(5):
        assert is_full(moved[number])
        assert sorted(marks[number]) == sorted(order[number % 2])
        assert solutions(puzzle(moved[number], marks[number], 36), most=2) == [
            tuple(moved[number].tolist())
        ]


def test_relatives_take_every_kind_of_move():
    """Guards a symmetry that is never drawn."""
    (grid,) = some_grids(1)
    cells = np.arange(81)
    moved, marks = relatives(grid[None], cells[None], 2000, random(1))
    assert len({each.tobytes() for each in moved}) == 2000
    assert {int(cell) for cell in marks[:, 0]} == set(range(81))
    assert len({int(digit) for digit in moved[:, 0]}) == 9
    beside = marks[:, 1] - marks[:, 0]  # of a row's neighbours: in a row still, or in a column
    assert 0.45 < (np.abs(beside) % 9 == 0).mean() < 0.55


def test_a_puzzle_to_learn_from_has_one_solution_and_is_not_held_out():
    """Guards the evaluation's grids in training."""
    made = [generate(16, random(number)) for number in range(3)]
    grids = np.concatenate([each.grids for each in made])
    given_cells = np.concatenate([each.given for each in made])
    assert grids.shape == given_cells.shape == (48, 81)
    assert all(map(is_full, grids))
    assert not any(map(is_held_out, grids))
    assert len({grid.tobytes() for grid in grids}) == 48
    for number in range(0, 48, 16 // FRESH):
        cells = np.where(given_cells[number], grids[number], 0).tolist()
        assert solve(cells) == [tuple(grids[number].tolist())]
    counts = given_cells.sum(axis=1)
    assert GIVENS[0] <= counts.min() < counts.mean() < counts.max() <= GIVENS[1]
    assert 40 < counts.mean() < 50


def test_a_held_out_grid_is_renamed_before_it_is_learnt(monkeypatch):
    """Guards a draw on the wrong side that is kept: one in sixteen is."""
    seen = []

    def held_out(grid):
        seen.append(grid.copy())
        return len(seen) <= 4

    monkeypatch.setattr("diffgem_engine.training.sudoku.source.is_held_out", held_out)
    made = generate(4, random(0))
    assert len(seen) == 8
    assert np.array_equal(made.grids, np.array(seen[:4]) % 9 + 1)
    assert all(map(is_full, made.grids))


@pytest.mark.parametrize("givens", [FEWEST, 40, 80])
def test_held_out_puzzles(givens):
    for each in islice(held_out_puzzles(givens, seed=0), 2):
        assert sum(map(bool, each.givens)) == givens
        assert is_held_out(np.array(each.solution))
        assert solve(each.givens) == [each.solution]


def test_held_out_puzzles_are_always_the_same():
    """Guards figures that cannot be compared, and a limit that changes which puzzles."""
    first = list(islice(held_out_puzzles(40, seed=3), 4))
    assert list(islice(held_out_puzzles(40, seed=3), 2)) == first[:2]
    other_seed, other_givens = held_out_puzzles(40, seed=4), held_out_puzzles(41, seed=3)
    solved = {each.solution for each in (*first, next(other_seed), next(other_givens))}
    assert len(solved) == 6


def test_one_grid_in_sixteen_is_held_out_whatever_holds_its_digits():
    """Guards a side that follows from an array's type, or from anything but the digits."""
    grids = some_grids(1200)
    sides = [is_held_out(grid) for grid in grids]
    assert 0.6 / HELD_OUT < np.mean(sides) < 1.5 / HELD_OUT
    assert [is_held_out(grid.astype(np.int8)) for grid in grids] == sides
