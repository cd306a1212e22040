"""What the engine is asked at the moment, and how many go before it there."""

import contextlib
import itertools
from collections.abc import Callable, Iterator

AheadListener = Callable[[int], None]


class InFlight:
    """`on_active` hears how many requests there are, `on_ahead` how many of others go before the
    first of those: 0 as soon as the engine works on one, or none has to wait.
    """

    def __init__(self, on_active: Callable[[int], None], on_ahead: AheadListener) -> None:
        self._on_active = on_active
        self._on_ahead = on_ahead
        self._numbers = itertools.count()
        self._ahead: dict[int, int] = {}  # by request
        self._told = 0

    @contextlib.contextmanager
    def one(self) -> Iterator[AheadListener]:
        """A request, and who hears what the engine says of its place."""
        number = next(self._numbers)
        self._ahead[number] = 0
        self._on_active(len(self._ahead))
        try:
            yield lambda ahead: self._note(number, ahead)
        finally:
            del self._ahead[number]
            self._tell()
            self._on_active(len(self._ahead))

    def _note(self, number: int, ahead: int) -> None:
        if number in self._ahead:
            self._ahead[number] = ahead
            self._tell()

    def _tell(self) -> None:
        least = min(self._ahead.values(), default=0)
        if least != self._told:
            self._told = least
            self._on_ahead(least)
