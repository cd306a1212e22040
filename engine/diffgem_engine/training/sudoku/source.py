"""Generated puzzles -> batches, a canvas a row."""

import numpy as np
from attrs import frozen

from diffgem_engine.checkpoint.tokenizer import CodeTokenizer
from diffgem_engine.formats.native import InfillFormat, build_prompt
from diffgem_engine.training.examples.batches import Batch
from diffgem_engine.training.sudoku.grids import CELLS, random_grid, relatives
from diffgem_engine.training.sudoku.layout import CELL_SLOTS, SLOTS, as_text
from diffgem_engine.training.sudoku.puzzles import is_held_out, ranks

GIVENS = (30, 60)  # fewest and most of a training puzzle; every number is as likely
FRESH = 3  # puzzles of a batch that are made anew; all are symmetries of those


@frozen
class Generated:
    """Puzzles side by side: full grids, and which of their cells are given.  Both [count, 81]."""

    grids: np.ndarray
    given: np.ndarray


def generate(count: int, rng: np.random.Generator) -> Generated:
    """Puzzles with one solution each, none of them held out."""
    fewest, most = GIVENS
    fresh = np.array([random_grid(rng) for _ in range(FRESH)])
    order = np.array([ranks(grid, fewest, rng) for grid in fresh])
    grids, order = relatives(fresh, order, count, rng)
    givens = rng.integers(fewest, most, size=(count, 1), endpoint=True)
    return Generated(_not_held_out(grids), order < givens)


def _not_held_out(grids: np.ndarray) -> np.ndarray:
    """Where one is, every digit becomes the next."""
    grids = grids.copy()
    while (held_out := np.array([is_held_out(grid) for grid in grids])).any():
        grids[held_out] = grids[held_out] % 9 + 1
    return grids


class SudokuSource:
    """Batches of `rows` puzzles; every canvas sees the same prompt of marks alone."""

    def __init__(self, tokenizer: CodeTokenizer, form: InfillFormat, rows: int) -> None:
        self._rows = rows
        self._prompt = np.array(build_prompt(form, (), ()))
        self._digits = np.array([tokenizer.encode(str(digit)) for digit in range(1, 10)])[:, 0]
        self._empty = np.array(tokenizer.encode(as_text((1,) * CELLS)))

    def batch(self, number: int, rng: np.random.Generator) -> Batch:
        del number  # the draws are its own
        puzzles = generate(self._rows, rng)
        shape = (self._rows, SLOTS)
        targets = np.tile(self._empty, (self._rows, 1))
        targets[:, CELL_SLOTS] = self._digits[puzzles.grids - 1]
        pinned = np.ones(shape, dtype=bool)
        pinned[:, CELL_SLOTS] = puzzles.given
        visible = np.full(shape, len(self._prompt))
        return Batch(
            ids=np.tile(self._prompt, (self._rows, 1)),
            targets=targets,
            weights=(~pinned).astype(np.float32),
            pinned=pinned,
            seen=np.full(shape, -1),
            visible=visible,
            positions=visible + np.arange(SLOTS),
            group=np.zeros(shape, dtype=np.int64),
        )
