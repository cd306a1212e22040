"""What strangers can have written as often as they like is written seldom."""

import logging
import time
from collections.abc import Callable

from attrs import define

MOST = 10  # of a kind in a window
WINDOW_S = 60.0


@define
class _Tally:
    since: float
    count: int = 0


class Seldom(logging.Filter):
    """Of each place in the code a few records a minute; the first one after that says how many
    there were beside them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._tallies: dict[tuple[str, int], _Tally] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now, place = self._clock(), (record.pathname, record.lineno)
        tally = self._tallies.setdefault(place, _Tally(now))
        if now - tally.since >= WINDOW_S:
            _tell(record, tally.count - MOST)
            tally = self._tallies[place] = _Tally(now)
        tally.count += 1
        return tally.count <= MOST


def _tell(record: logging.LogRecord, untold: int) -> None:
    if untold > 0:
        record.msg, record.args = f"{record.getMessage()} (and {untold} times before)", ()
