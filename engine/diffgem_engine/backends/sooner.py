"""Which path fills a tiny hole the sooner: by how long a step of each takes on this machine, and by
how many of them such a hole has taken lately.

A pass that writes one token costs less than one over a canvas, and a hole of few slots saves few
passes.  So it is a matter of measuring, not of reckoning.
"""

import time
from collections import defaultdict
from collections.abc import Callable

from diffgem_engine.backends.lately import Lately
from diffgem_engine.core.canvas import FillPath
from diffgem_engine.core.sequence import Outcome, Sequence

TINY = 16  # open slots: holes of more are always denoised
CLASS = 4  # holes whose slots fill the same multiple of it are alike


class Sooner:
    """Learns from the sequences that have ended; until it has, each path is tried."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        def lately() -> Lately:
            return Lately(clock)

        self._token_ms = lately()  # a pass over one token: the hole's size does not matter
        self._step_ms: dict[int, Lately] = defaultdict(lately)  # by class, as are the others
        self._tokens: dict[int, Lately] = defaultdict(lately)
        self._steps: dict[int, Lately] = defaultdict(lately)

    def note(self, sequence: Sequence) -> None:
        """One that has ended; by itself and with a step at least, or it says nothing."""
        slots, steps = len(sequence.request.canvas.open_slots), sequence.steps
        if not steps or slots > TINY or sequence.outcome is Outcome.OUT_OF_TIME:
            return
        pace, size = sequence.timings.denoise_ms / steps, _class(slots)
        if sequence.request.path == "autoregressive":
            self._token_ms.note(pace)
            self._tokens[size].note(steps)
        elif sequence.request.path in ("diffusion", "hypotheses"):
            self._step_ms[size].note(pace)
            self._steps[size].note(steps)

    def path(self, open_slots: int) -> FillPath:
        """For one hole, behind which its line ends."""
        if open_slots > TINY:
            return "diffusion"
        size = _class(open_slots)
        step_ms, steps = self._step_ms[size].median, self._steps[size].median
        if step_ms is None or steps is None:
            return "diffusion"
        token_ms = self._token_ms.median
        tokens = self._tokens[size].median or open_slots
        if token_ms is None or token_ms * tokens < step_ms * steps:
            return "autoregressive"
        return "diffusion"


def _class(slots: int) -> int:
    return -(-slots // CLASS)
