"""Weighted fair queueing: who goes next among users that all want more.

Start-time Fair Queueing (Goyal, Vin and Cheng, "Start-time Fair Queuing: A Scheduling Algorithm
for Integrated Services Packet Switching Networks", SIGCOMM 1996).  Virtual time is the start tag
of what went last.  A user's item starts at the virtual time at which the user began to wait, or
where the user's last one ended, if that is later; it ends its cost over the user's weight later.
The smallest start goes first, and among equals who came first.

What differs: an item has its tag once it is its user's next, and not on arrival.  So one that
leaves has cost its user nothing, as typists give up most of what they ask.
"""

from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from attrs import define, field

T = TypeVar("T", bound=Hashable)


class _Place(NamedTuple):
    arrival: int
    cost: float


@define
class _Flow(Generic[T]):
    """What one user waits for, oldest first; `start` is the first one's tag."""

    weight: float
    start: float
    items: dict[T, _Place] = field(factory=dict)

    @property
    def head(self) -> tuple[T, _Place]:
        return next(iter(self.items.items()))


class FairQueue(Generic[T]):
    """Of any two users who wait all the while, neither gets ahead of the other by more than the
    costs of two items over their weights.
    """

    def __init__(self) -> None:
        self._flows: dict[str, _Flow[T]] = {}
        self._user: dict[T, str] = {}
        self._now = 0.0  # virtual time
        self._arrivals = 0

    def __len__(self) -> int:
        return len(self._user)

    def __contains__(self, item: T) -> bool:
        return item in self._user

    def push(self, item: T, user: str, weight: float = 1.0, cost: float = 1.0) -> None:
        """Weight and cost are above 0; a user's latest weight counts."""
        flow = self._flows.setdefault(user, _Flow(weight, self._now))
        if not flow.items:
            flow.start = max(flow.start, self._now)
        flow.weight = weight
        self._arrivals += 1
        flow.items[item] = _Place(self._arrivals, cost)
        self._user[item] = user

    def take(self, may: Callable[[T], bool] = lambda _: True) -> T | None:
        """Remove and return who goes next; None where nobody may.  A user whose first item may
        not go is passed over.
        """
        heads = [(flow.start, flow.head[1].arrival, flow) for flow in self._waiting()]
        for _, _, flow in sorted(heads, key=lambda head: head[:2]):
            item, place = flow.head
            if may(item):
                self._serve(item, flow, place)
                return item
        return None

    def drop(self, item: T) -> None:
        """It goes nowhere; its user is no worse off."""
        del self._flows[self._user.pop(item)].items[item]
        self._forget()

    def order(self) -> list[T]:
        """All, as `take` would give them if nobody came or left."""
        tagged = list[tuple[float, int, T]]()
        for flow in self._waiting():
            start = flow.start
            for item, place in flow.items.items():
                tagged.append((start, place.arrival, item))
                start += place.cost / flow.weight
        return [item for _, _, item in sorted(tagged, key=lambda one: one[:2])]

    def _waiting(self) -> list[_Flow[T]]:
        return [flow for flow in self._flows.values() if flow.items]

    def _serve(self, item: T, flow: _Flow[T], place: _Place) -> None:
        self._now = max(self._now, flow.start)
        flow.start += place.cost / flow.weight
        self.drop(item)

    def _forget(self) -> None:
        """Who waits no more and owes nothing is as good as new; where nobody waits, all are."""
        if not self._user:
            self._now = max((flow.start for flow in self._flows.values()), default=self._now)
        self._flows = {
            user: flow for user, flow in self._flows.items() if flow.items or flow.start > self._now
        }
