"""Who is at the backend, and who may come in."""

from collections import Counter

# Of the places, the share that is for users who have none: so one who floods the engine leaves
# room, and nobody else waits until one of the flood is done.
KEPT_FREE = 0.25


class Places:
    """`most` of each priority, as a job must not keep typists out."""

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

    def take(self, user: str, priority: str) -> None:
        self._taken[priority] += 1
        self._held[priority, user] += 1

    def give_back(self, user: str, priority: str) -> None:
        self._taken[priority] -= 1
        self._held[priority, user] -= 1
        if not self._held[priority, user]:
            del self._held[priority, user]
