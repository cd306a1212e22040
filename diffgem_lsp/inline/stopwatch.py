"""How long something was waited for."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")


class Stopwatch:
    """`seconds` in which at least one of what was `timed` was under way."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.seconds = 0.0
        self._clock = clock
        self._running = 0
        self._since = 0.0

    async def timed(self, work: Awaitable[Found]) -> Found:
        if not self._running:
            self._since = self._clock()
        self._running += 1
        try:
            return await work
        finally:
            self._running -= 1
            if not self._running:
                self.seconds += self._clock() - self._since
