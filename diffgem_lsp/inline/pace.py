"""How long to wait for a pause in the typing before the engine is asked.

A typist who is faster than the engine makes it begin at every key and finish at none.  So where it
takes more than half of the time between two keys, a request waits until the next key is overdue:
but never longer than half of the engine's time, so that who does pause waits at most half as long
again, and not at all where the engine keeps up.
"""

import statistics
import time
from collections import deque
from collections.abc import Callable

from diffgem_lsp.options import Options

KEYS, ANSWERS = 16, 16  # of each, the latest count
REST_S = 1.0  # without a key: a pause, and no gap between two keys
MOST_S = 0.25
OVERDUE = 1.25  # of the usual gap


class Pace:
    """Of one user's keys and one engine's answers; seconds of `clock`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last_key = float("-inf")
        self._gaps: deque[float] = deque(maxlen=KEYS)
        self._answers: deque[float] = deque(maxlen=ANSWERS)

    def key(self) -> None:
        """The user has typed."""
        now = self._clock()
        if now - self._last_key < REST_S:
            self._gaps.append(now - self._last_key)
        self._last_key = now

    def answered(self, seconds: float) -> None:
        """The engine was asked, and took so long."""
        self._answers.append(seconds)

    @property
    def latency(self) -> float | None:
        """The median, in seconds; None before the first answer."""
        return statistics.median(self._answers) if self._answers else None

    def pause(self, options: Options) -> float:
        """How long from now; what has passed since the last key counts."""
        wanted = self._usual() if options.debounce_ms is None else options.debounce_ms / 1000
        return max(0.0, wanted - (self._clock() - self._last_key))

    def _usual(self) -> float:
        latency = self.latency
        if latency is None or not self._gaps:
            return 0.0
        gap = statistics.median(self._gaps)
        return min(OVERDUE * gap, latency / 2, MOST_S) if latency > gap / 2 else 0.0
