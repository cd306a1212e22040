"""How long the backend takes, for who is told when to ask again."""

import contextlib
import time
from collections.abc import Iterator

SHARE = 0.1  # of the latest in the mean
AT_LEAST_S = 1.0  # a client is never asked back sooner
AT_MOST_S = 60.0


class Pace:
    """A running mean."""

    def __init__(self) -> None:
        self._mean_s = 0.0

    @contextlib.contextmanager
    def measured(self) -> Iterator[None]:
        """What ends early, by a failure or a cancellation, says nothing."""
        began = time.monotonic()
        yield
        self._mean_s += SHARE * (time.monotonic() - began - self._mean_s)

    def seconds(self, rounds: int) -> float:
        """For so many, one after the other."""
        return min(max(rounds * self._mean_s, AT_LEAST_S), AT_MOST_S)
