"""What was measured of late."""

import statistics
from collections import deque
from collections.abc import Callable

from attrs import define, field

LEAST = 3  # measurements, before anything is made of them
LATEST = 32  # of them count
LASTING_S = 600.0  # for so long: a machine that was busy is not always


@define
class Lately:
    """The median of the latest measurements of one thing; each counts for a while."""

    clock: Callable[[], float]
    _found: deque[tuple[float, float]] = field(factory=lambda: deque(maxlen=LATEST))

    def note(self, value: float) -> None:
        self._found.append((self.clock(), value))

    @property
    def median(self) -> float | None:
        """None of too few."""
        since = self.clock() - LASTING_S
        values = [value for at, value in self._found if at >= since]
        return statistics.median(values) if len(values) >= LEAST else None
