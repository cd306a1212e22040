"""Whether an upstream is asked: not while it rests; pure, of a clock."""

import time
from collections.abc import Callable
from typing import Literal

from attrs import define, field

State = Literal["closed", "open", "half-open"]
FAILURES = 3  # one after another, until it rests
FIRST_REST_S, LONGEST_REST_S = 0.25, 1.0


@define
class Breaker:
    """Closed while all is well; open while nobody is to be sent there; half-open while one tries.

    Who opens it sees to it that somebody tries once `rest_s` is over.
    """

    clock: Callable[[], float] = time.monotonic
    state: State = "closed"
    _failures: int = field(default=0, alias="failures")
    _rest_s: float = field(default=FIRST_REST_S, alias="rest")
    _since: float = field(default=0.0, alias="since")

    @property
    def rest_s(self) -> float:
        """Until it may be tried."""
        return max(0.0, self._since + self._rest_s - self.clock())

    def succeeded(self) -> None:
        self.state, self._failures, self._rest_s = "closed", 0, FIRST_REST_S

    def failed(self) -> bool:
        """Whether that opened it just now: who tries in vain has only gone on."""
        self._failures += 1
        opened = self.state == "closed"
        if self.state == "open" or (self.state == "closed" and self._failures < FAILURES):
            return False
        if self.state == "half-open":
            self._rest_s = min(2 * self._rest_s, LONGEST_REST_S)
        self.state, self._since = "open", self.clock()
        return opened

    def try_again(self) -> None:
        self.state = "half-open"
