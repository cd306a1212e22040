"""The client's patience; tests give their own."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from attrs import frozen


@frozen
class Timing:
    """Delays in seconds, and the clock that they are measured on."""

    first: float = 0.25  # before the second attempt
    most: float = 8.0
    absent: float = 1.0  # at most, while nobody listens and there is nothing to start
    attempts: int = 7  # in a row, before the client gives up
    poll: float = 0.05  # between looks whether a started engine listens yet
    look: float = 0.25  # between looks how far an engine is that loads
    start: float = 60.0  # for a started engine to listen
    last_words: float = 10.0  # for a started engine to exit, after it closed its socket
    steady: float = 30.0  # an engine that stayed so long has not failed, whatever it answered
    retry: float = 30.0  # after giving up, until a request makes the client try again
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    random: Callable[[], float] = random.random

    def backoff(self, attempt: int, *, absent: bool = False) -> float:
        """Exponential, with a jitter that spreads the editors that lost the same engine."""
        most = self.absent if absent else self.most
        return min(most, self.first * 2.0**attempt) * (0.5 + self.random() / 2)
