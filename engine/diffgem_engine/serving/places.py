"""Who is at the backend, and who may come in."""

from collections import Counter

# Of the places, the share that is for users who have none: so one who floods the engine leaves
# room, and nobody else waits until one of the flood is done.
KEPT_FREE = 0.25


class Places:
    """`most` of each priority, as background work must not keep typists out.  A request takes one
    for each canvas that it has filled at once, but never those that are kept free.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept_free = int(KEPT_FREE * most)
        self._taken: Counter[str] = Counter()  # by priority
        self._held: Counter[tuple[str, str]] = Counter()  # by priority and user

    @property
    def taken(self) -> int:
        return self._taken.total()

    def free_for(self, user: str, priority: str) -> bool:
        free = self.most - self._taken[priority]
        return free > (self._kept_free if self._held[priority, user] else 0)

    def take(self, user: str, priority: str, canvases: int = 1) -> None:
        places = self._places(canvases)
        self._taken[priority] += places
        self._held[priority, user] += places

    def give_back(self, user: str, priority: str, canvases: int = 1) -> None:
        places = self._places(canvases)
        self._taken[priority] -= places
        self._held[priority, user] -= places
        if not self._held[priority, user]:
            del self._held[priority, user]

    def _places(self, canvases: int) -> int:
        return max(1, min(canvases, self.most - self._kept_free))
