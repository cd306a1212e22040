"""Everybody who waits: interactive requests before background ones, each fair among users."""

from collections import Counter
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from attrs import define, field

from diffgem_engine.serving.fair_queue import FairQueue

T = TypeVar("T", bound=Hashable)
# As in the engine's own scheduler: behind so many interactive requests a background one is next.
OVERTAKEN = 16


@define
class Line(Generic[T]):
    """No background request goes while an interactive one waits, but after each OVERTAKEN."""

    _interactive: FairQueue[T] = field(factory=FairQueue)
    _background: FairQueue[T] = field(factory=FairQueue)
    _users: dict[T, str] = field(factory=dict)
    _waiting: Counter[str] = field(factory=Counter)
    _overtaken: int = 0  # by how many in a row those in the background were

    def __len__(self) -> int:
        return len(self._users)

    @property
    def users(self) -> int:
        """So many wait for something."""
        return len(self._waiting)

    def waiting(self, user: str) -> int:
        """So many requests of that user do."""
        return self._waiting[user]

    def push(self, item: T, priority: str, user: str, weight: float, cost: float) -> None:
        queue = self._interactive if priority == "interactive" else self._background
        queue.push(item, user, weight, cost)
        self._users[item] = user
        self._waiting[user] += 1

    def take(self, may: Callable[[T], bool] = lambda _: True) -> T | None:
        """Remove and return who goes next; None where nobody may."""
        item = self._background.take(may) if self._overtaken >= OVERTAKEN else None
        if item is None and (item := self._interactive.take(may)) is not None:
            self._overtaken = self._overtaken + 1 if self._background else 0
            self._forget(item)
            return item
        if item is None and not self._interactive:
            item = self._background.take(may)
        if item is not None:
            self._overtaken = 0
            self._forget(item)
        return item

    def drop(self, item: T) -> None:
        """It waits no longer; one that does not is none of ours."""
        for queue in (self._interactive, self._background):
            if item in queue:
                queue.drop(item)
                self._forget(item)

    def order(self) -> list[T]:
        """All, as `take` would give them if nobody came or left, and everybody might go."""
        first, then = self._interactive.order()[::-1], self._background.order()[::-1]
        overtaken, order = self._overtaken, list[T]()
        while first and then:
            turn = then if overtaken >= OVERTAKEN else first
            overtaken = overtaken + 1 if turn is first else 0
            order.append(turn.pop())
        return order + (first or then)[::-1]

    def _forget(self, item: T) -> None:
        user = self._users.pop(item)
        self._waiting[user] -= 1
        if not self._waiting[user]:
            del self._waiting[user]
