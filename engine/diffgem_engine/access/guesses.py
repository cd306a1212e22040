"""Wrong tokens: each refused at once, too many from one address told so, few lines in the log."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable

from attrs import define, evolve

from diffgem_engine.access.refusals import Refusal

WINDOW_S = 60.0
MOST = 20  # of an address in a window, before it is told to wait
MOST_ADDRESSES = 10_000

log = logging.getLogger(__name__)


@define
class _Tally:
    since: float
    count: int = 0


class Guesses:
    """Counts by address.  No token is ever seen here."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tallies: OrderedDict[str, _Tally] = OrderedDict()
        self._told_at = -WINDOW_S
        self._untold = 0

    def refused(self, address: str, refusal: Refusal) -> Refusal:
        """The answer: the refusal itself, or a plea to stop."""
        tally = self._tally(address)
        tally.count += 1
        self._tell(address)
        if tally.count <= MOST:
            return refusal
        wait_s = max(1.0, tally.since + WINDOW_S - self._clock())
        return evolve(
            refusal, status=429, message=f"too many wrong tokens: {refusal.message}",
            retry_after_s=wait_s,
        )  # fmt: skip

    def _tally(self, address: str) -> _Tally:
        """One of this window; the address that was quiet for longest makes room."""
        now = self._clock()
        tally = self._tallies.get(address)
        if tally is None or now - tally.since >= WINDOW_S:
            tally = self._tallies[address] = _Tally(now)
        self._tallies.move_to_end(address)
        if len(self._tallies) > MOST_ADDRESSES:
            self._tallies.popitem(last=False)
        return tally

    def _tell(self, address: str) -> None:
        """Once a minute, whoever guesses however fast."""
        self._untold += 1
        if self._clock() - self._told_at < WINDOW_S:
            return
        log.warning("refused for want of a good token: %d, last from %s", self._untold, address)
        self._told_at, self._untold = self._clock(), 0
