"""Full grids, and the solver that finds them."""

from collections.abc import Sequence

import numpy as np

CELLS = 81
ANY = 0b111_111_111  # a bit a digit
UNITS = tuple(
    (cell // 9, 9 + cell % 9, 18 + cell // 27 * 3 + cell % 9 // 3) for cell in range(CELLS)
)


class _Search:
    """Backtracking over the blank that has the fewest digits left."""

    def __init__(self, cells: Sequence[int], digits: Sequence[int], most: int) -> None:
        self.found: list[tuple[int, ...]] = []
        self._cells, self._bits, self._most = [*cells], [1 << digit - 1 for digit in digits], most
        self._used = [0] * 27  # digits of each row, column and box
        self._blanks = [cell for cell, digit in enumerate(cells) if not digit]
        self._consistent = all(self._put(c, 1 << d - 1) for c, d in enumerate(cells) if d)

    def run(self) -> list[tuple[int, ...]]:
        if self._consistent:
            self._fill()
        return self.found

    def _put(self, cell: int, bit: int) -> bool:
        row, column, box = UNITS[cell]
        fits = not bit & (self._used[row] | self._used[column] | self._used[box])
        for unit in UNITS[cell]:
            self._used[unit] |= bit
        return fits

    def _fill(self) -> bool:
        """Whether enough was found."""
        if not self._blanks:
            self.found.append(tuple(self._cells))
            return len(self.found) >= self._most
        place, free = self._tightest()
        cell, self._blanks[place] = self._blanks[place], self._blanks[-1]
        self._blanks.pop()
        enough = any(self._try(cell, bit) for bit in self._bits if free & bit)
        self._blanks.append(cell)
        self._blanks[place], self._blanks[-1] = self._blanks[-1], self._blanks[place]
        return enough

    def _try(self, cell: int, bit: int) -> bool:
        self._put(cell, bit)
        self._cells[cell] = bit.bit_length()
        enough = self._fill()
        for unit in UNITS[cell]:
            self._used[unit] ^= bit
        return enough

    def _tightest(self) -> tuple[int, int]:
        """A blank's place among the blanks, and its digits left as bits."""
        used, best, fewest, left = self._used, 0, 10, 0
        for place, cell in enumerate(self._blanks):
            row, column, box = UNITS[cell]
            free = ANY & ~(used[row] | used[column] | used[box])
            if free.bit_count() < fewest:
                best, fewest, left = place, free.bit_count(), free
                if fewest <= 1:
                    break
        return best, left


def solutions(cells: Sequence[int], most: int) -> list[tuple[int, ...]]:
    """The full grids that keep `cells`, `most` at most."""
    return _Search(cells, range(1, 10), most).run()


def random_grid(rng: np.random.Generator) -> tuple[int, ...]:
    """A full grid: three boxes that share no unit at random, the rest searched in random order.

    Not every grid is as likely as any other; none is impossible.
    """
    cells = np.zeros((9, 9), dtype=np.int64)
    for corner in (0, 3, 6):
        box = rng.permutation(9).reshape(3, 3) + 1
        cells[corner : corner + 3, corner : corner + 3] = box
    digits = (rng.permutation(9) + 1).tolist()
    return _Search(cells.ravel().tolist(), digits, 1).run()[0]


def relatives(
    grids: np.ndarray, marks: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """`count` symmetries of `grids` [n, 81], of each in turn, and where the `marks` [n, 81] of
    their cells have gone: both [count, 81].

    Bands, stacks, and rows and columns within them change places; half are transposed; digits are
    renamed.  A puzzle's relatives have one solution each as well, and cost a thousandth of it.
    """
    rows, columns = _lines(count, rng), _lines(count, rng)
    cells = 9 * rows[:, :, None] + columns[:, None, :]
    cells = np.where(rng.random((count, 1, 1)) < 0.5, cells, cells.transpose(0, 2, 1))
    cells = cells.reshape(count, CELLS)
    names = rng.permuted(np.tile(np.arange(1, 10), (count, 1)), axis=1)
    moved = np.take_along_axis(np.resize(grids, (count, CELLS)), cells, axis=1)
    marked = np.take_along_axis(np.resize(marks, (count, CELLS)), cells, axis=1)
    return np.take_along_axis(names, moved - 1, axis=1), marked


def _lines(count: int, rng: np.random.Generator) -> np.ndarray:
    """Orders of nine lines that keep bands together: [count, 9]."""
    bands = rng.random((count, 3)).argsort(axis=1)
    within = rng.random((count, 3, 3)).argsort(axis=2)
    return (3 * bands[:, :, None] + within).reshape(count, 9)
