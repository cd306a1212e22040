"""A grid as text, nine lines of nine digits, and as one canvas.

Every digit and every line break is a token of its own: a blank is a hole of one slot, which has no
room for an `<eom>` and needs none.  All else is pinned.
"""

import re
from collections.abc import Sequence

import numpy as np

from diffgem_engine.protocol import Hole, Pinned, Segment
from diffgem_engine.training.sudoku.grids import CELLS

LINE = 10  # slots, the line break's included; the last line has none
SLOTS = 9 * LINE - 1
CELL_SLOTS = np.arange(CELLS) + np.arange(CELLS) // 9
BLANK = "."


def as_text(cells: Sequence[int]) -> str:
    digits = "".join(str(digit) if digit else BLANK for digit in cells)
    return "\n".join(digits[start : start + 9] for start in range(0, CELLS, 9))


def canvas_of(givens: Sequence[int]) -> tuple[Segment, ...]:
    """What a client asks for: a hole for each blank, in order, between pinned text."""
    runs = re.findall(rf"{re.escape(BLANK)}|[^{BLANK}]+", as_text(givens))
    return tuple(Hole(1) if run == BLANK else Pinned(run) for run in runs)


def filled(givens: Sequence[int], texts: Sequence[str]) -> tuple[int, ...]:
    """The grid with `texts` in its blanks, one for each; what is no digit stays blank."""
    answers = iter(texts)
    return tuple(digit or _digit(next(answers)) for digit in givens)


def _digit(text: str) -> int:
    return int(text) if text in ("1", "2", "3", "4", "5", "6", "7", "8", "9") else 0
