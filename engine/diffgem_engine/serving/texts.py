"""How much text the requests hold that are not done: memory is shared too."""

import contextlib
from collections import Counter
from collections.abc import Iterator

MOST = 2**27  # characters in all; then only for who holds less than an equal part of them
MOST_EACH = 2**25  # of one user; a request has some tens of thousands


class Texts:
    """Characters, by user."""

    def __init__(self, most: int = MOST, most_each: int = MOST_EACH) -> None:
        self._most, self._most_each = most, most_each
        self._held: Counter[str] = Counter()

    def room_for(self, user: str, size: int) -> bool:
        """One request of a user's always has room."""
        own, all_ = self._held[user], self._held.total()
        if not own:
            return True
        too_many = all_ + size > self._most and own * len(self._held) >= self._most
        return own + size <= self._most_each and not too_many

    @contextlib.contextmanager
    def held(self, user: str, size: int) -> Iterator[None]:
        self._held[user] += size
        try:
            yield
        finally:
            self._held[user] -= size
            if not self._held[user]:
                del self._held[user]
