"""Sudoku by other means than the product's: exact cover, and what makes a grid a full one."""

from itertools import islice

import numpy as np

LINES = [[(line, i) for i in range(9)] for line in range(9)]
COLUMNS = [[(i, line) for i in range(9)] for line in range(9)]
BOXES = [[(r + i // 3, c + i % 3) for i in range(9)] for r in (0, 3, 6) for c in (0, 3, 6)]


def is_full(grid):
    """Every unit has all nine digits."""
    square = np.reshape(grid, (9, 9))
    return all(
        {int(square[place]) for place in unit} == set(range(1, 10))
        for unit in (*LINES, *COLUMNS, *BOXES)
    )


def solve(cells, most=2):
    """Full grids that keep `cells`, `most` at most: Knuth's algorithm X over the 324 demands that
    each cell has a digit and each unit each digit.
    """
    placements = {
        (row, column, digit): (
            ("cell", row, column),
            ("row", row, digit),
            ("column", column, digit),
            ("box", row // 3, column // 3, digit),
        )
        for row in range(9)
        for column in range(9)
        for digit in range(1, 10)
        if cells[9 * row + column] in (0, digit)
    }
    demands = {demand: set() for demand in _demands()}
    for placement, met in placements.items():
        for demand in met:
            demands[demand].add(placement)
    return [_grid(chosen) for chosen in islice(_cover(demands, placements), most)]


def _demands():
    for a in range(9):
        for b in range(9):
            yield "cell", a, b
            yield "row", a, b + 1
            yield "column", a, b + 1
            yield "box", a // 3, a % 3, b + 1


def _cover(demands, placements):
    if not demands:
        yield ()
        return
    hardest = min(demands, key=lambda demand: len(demands[demand]))
    for placement in sorted(demands[hardest]):
        gone = {other for demand in placements[placement] for other in demands[demand]}
        left = {
            demand: able - gone
            for demand, able in demands.items()
            if demand not in placements[placement]
        }
        for chosen in _cover(left, placements):
            yield (placement, *chosen)


def _grid(chosen):
    grid = [0] * 81
    for row, column, digit in chosen:
        grid[9 * row + column] = digit
    return tuple(grid)
