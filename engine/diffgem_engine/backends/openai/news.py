"""What is worth a line in the log of an upstream: a fault once, and that it is over; pure, of a
clock.
"""

import time
from collections.abc import Callable

from attrs import define, field

BACK = "is back"
CALM_S = 30.0  # between two lines that say the same
MOST = 16  # different faults


@define
class News:
    """Of one upstream.  However often it comes and goes, each line is rare; and the last of them is
    soon what is so.
    """

    clock: Callable[[], float] = time.monotonic
    _at: dict[str, float] = field(factory=dict)  # each line, when it was said last
    _last: str = BACK

    def is_new(self, line: str) -> bool:
        """Whether to say it; it counts as said then."""
        if line == self._last or not (self._unsaid(line) or self._said_long_ago(line)):
            return False
        if line == BACK:
            self._at = {each: at for each, at in self._at.items() if not self._long_ago(at)}
        self._at[line], self._last = self.clock(), line
        return True

    def _unsaid(self, line: str) -> bool:
        return line not in self._at and len(self._at) < MOST

    def _said_long_ago(self, line: str) -> bool:
        """Of a fault it counts only once that was over."""
        over = BACK in (line, self._last)
        return over and line in self._at and self._long_ago(self._at[line])

    def _long_ago(self, at: float) -> bool:
        return self.clock() - at > CALM_S
