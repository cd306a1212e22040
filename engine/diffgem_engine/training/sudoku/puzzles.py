"""Puzzles with one solution each, and the side that a full grid is on."""

import zlib
from collections.abc import Iterator

import numpy as np
from attrs import frozen

from diffgem_engine.training.sudoku.grids import CELLS, random_grid, solutions

FEWEST, MOST = 26, 80  # givens; of fewer than that, puzzles take seconds to find
HELD_OUT = 16  # one grid of so many


@frozen
class Puzzle:
    """`givens` has 0 for a blank; `solution` is the only full grid that keeps the others."""

    givens: tuple[int, ...]
    solution: tuple[int, ...]


def is_held_out(grid: np.ndarray) -> bool:
    """By the digits of a full grid alone: no seed can bring it to the other side."""
    return zlib.crc32(grid.astype(np.uint8).tobytes()) % HELD_OUT == 0


def held_out_puzzles(givens: int, seed: int) -> Iterator[Puzzle]:
    """Without end, and always the same."""
    rng = np.random.default_rng((seed, givens))
    while True:
        grid = np.array(random_grid(rng))
        if is_held_out(grid):
            given = ranks(grid, givens, rng) < givens
            if given.sum() == givens:
                puzzle = np.where(given, grid, 0)
                yield Puzzle(tuple(puzzle.tolist()), tuple(grid.tolist()))


def ranks(grid: np.ndarray, fewest: int, rng: np.random.Generator) -> np.ndarray:
    """An order of a full grid's cells [81] in which they may be taken away: the cells of a rank
    below `n`, which are `n` or more, have one solution for every `n` from `fewest` to 81.

    Cells go in random order, each if the puzzle still has one solution without it; what cannot go
    has rank 0.
    """
    cells, order = grid.tolist(), np.zeros(CELLS, dtype=np.int64)
    left = CELLS
    for cell in rng.permutation(CELLS):
        if left == fewest:
            break
        digit, cells[cell] = cells[cell], 0
        if len(solutions(cells, most=2)) == 1:
            left -= 1
            order[cell] = left
        else:
            cells[cell] = digit
    return order
