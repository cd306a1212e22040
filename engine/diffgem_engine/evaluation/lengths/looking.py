"""First looks at middles whose length is known, for a bias to be fitted to."""

import math
import random
from collections.abc import Callable, Sequence

from diffgem_engine.checkpoint.loading import Checkpoint
from diffgem_engine.evaluation.cases import LineCase
from diffgem_engine.evaluation.lengths.filling import Filler
from diffgem_engine.evaluation.lengths.fitting import FirstLook
from diffgem_engine.evaluation.lengths.forms import Asked

LONGEST = 64  # open slots
GUESSES = 12  # of a case; the right length is one


def first_looks(
    checkpoint: Checkpoint, filler: Filler, cases: Sequence[LineCase], tick: Callable[[], None]
) -> list[FirstLook]:
    """Of the cases whose middle has `LONGEST` tokens at most.

    The wrong lengths are as likely in each octave as in any other, as a format's guesses are.
    """
    draw, looks = random.Random(0), []
    for case in cases:
        right = len(checkpoint.tokenizer.encode(case.expected))
        if right <= LONGEST:
            asked = Asked.of(checkpoint, filler.form, case)
            lengths = _lengths(right, draw)
            looks.append(FirstLook(right, filler.tops(asked.with_lengths(lengths))))
        tick()
    return looks


def _lengths(right: int, draw: random.Random) -> list[int]:
    """Different ones, the longest first."""
    found = {right}
    while len(found) < GUESSES:
        found.add(round(math.exp(draw.uniform(math.log(0.5), math.log(LONGEST + 0.5)))) or 1)
    return sorted(found, reverse=True)
