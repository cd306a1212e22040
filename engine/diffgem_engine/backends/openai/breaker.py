"""Whether an upstream is asked: not while it rests; pure, of a clock."""

import time
from collections.abc import Callable
from typing import Literal

from attrs import define, field

State = Literal["closed", "open", "half-open", "on trial"]
FAILURES = 3  # one after another, until it rests
FIRST_REST_S, LONGEST_REST_S = 0.25, 0.5  # to look costs next to nothing
LONGEST_RELAPSE_S = 8.0  # of one that seems well whenever it is looked at, and never is


@define
class Breaker:
    """Closed while all is well; open while nobody is to be sent there; half-open while it is looked
    at; on trial once it seems well and has answered nobody yet: then one failure opens it.

    Who opens it sees to it that somebody looks once `rest_s` is over.
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

    @property
    def lets_in(self) -> bool:
        return self.state in ("closed", "on trial")

    def succeeded(self) -> None:
        """For somebody who asked."""
        self.state, self._failures, self._rest_s = "closed", 0, FIRST_REST_S

    def failed(self, *, away: bool = False) -> bool:
        """Whether that opened it just now: who looks in vain has only gone on.

        One that is `away` may have been killed once more: it does not only seem well.
        """
        self._failures += 1
        opened = self.lets_in
        if self.state == "open" or (self.state == "closed" and self._failures < FAILURES):
            return False
        if self.state != "closed":
            relapsed = self.state == "on trial" and not away
            longest = LONGEST_RELAPSE_S if relapsed else LONGEST_REST_S
            self._rest_s = min(2 * self._rest_s, longest)
        self.state, self._since = "open", self.clock()
        return opened

    def look(self) -> None:
        self.state = "half-open"

    def seems_well(self) -> None:
        self.state = "on trial"
