"""Which sequences run: admission, batches of equal buckets, cancellation.  Never a tensor."""

import math
from collections import defaultdict, deque
from collections.abc import Callable
from typing import get_args

from attrs import define, field

from diffgem_engine.core.request import Bucket, Priority
from diffgem_engine.core.sequence import Sequence

PRIORITIES: tuple[Priority, ...] = get_args(Priority)
# No work waits for ever: behind so many interactive sequences a waiting background one is next,
# and at every so manieth engine step those that pause take a step.
OVERTAKEN = 16
PAUSE = 8


def _queues() -> dict[Priority, deque[Sequence]]:
    return {priority: deque() for priority in PRIORITIES}


def _itself(bucket: Bucket) -> Bucket:
    return bucket


@define
class Scheduler:
    """Interactive before background; among equals first come, first served.

    A sequence is waiting, then live, then gone.  Who is next is admitted once there is a place of
    its priority and memory for it: until then nobody overtakes it but by priority.  Background
    sequences pause between their steps while there are interactive ones, and keep their places.
    """

    max_live: int = 16  # of each priority
    max_batch: int = 8
    budget: float = math.inf  # bytes of all that is live
    _waiting: dict[Priority, deque[Sequence]] = field(factory=_queues)
    _live: list[Sequence] = field(factory=list)
    _overtaken: int = 0  # by how many interactive ones the oldest waiting background one was
    _paused: int = 0  # engine steps since background took one

    @property
    def idle(self) -> bool:
        return not self._live and not any(self._waiting.values())

    @property
    def waiting(self) -> int:
        """Sequences that are not admitted yet; any thread may ask."""
        return sum(map(len, self._waiting.values()))

    @property
    def youngest(self) -> Sequence:
        """Of the live ones, that which was admitted last, a background one if there is any.

        There is a live one at least.
        """
        return self._by_priority(self._live)[-1]

    def ever_fits(self, sequence: Sequence) -> bool:
        """Whether there is memory for it where it is alone."""
        return sequence.nbytes <= self.budget

    def add(self, sequence: Sequence) -> None:
        self._waiting[sequence.priority].append(sequence)

    def drop_cancelled(self) -> list[Sequence]:
        """Remove and return what was cancelled since the last call."""
        waiting = [s for queue in self._waiting.values() for s in queue]
        dropped = [s for s in (*waiting, *self._live) if s.cancelled]
        for sequence in dropped:
            self.remove(sequence)
        return dropped

    def begin_step(self) -> None:
        """Admit who may come in, and decide who pauses; once an engine step."""
        while (sequence := self._next()) is not None and self._has_room(sequence):
            self._admit(sequence)
        stalled = sequence is not None  # for memory, which somebody has
        interactive = any(s.priority == "interactive" for s in self._live)
        pauses = interactive and not stalled and self._paused + 1 < PAUSE
        self._paused = self._paused + 1 if pauses else 0

    def reading(self) -> list[Sequence]:
        """Those whose turn it is to have their prompts read, in order."""
        return [sequence for sequence in self._turns() if not sequence.ready]

    def batches(self, alike: Callable[[Bucket], Bucket] = _itself) -> list[list[Sequence]]:
        """Every sequence whose turn it is to take a step, once, in batches whose buckets are
        `alike`.
        """
        groups: dict[Bucket, list[Sequence]] = defaultdict(list)
        for sequence in self._turns():
            if sequence.ready:
                groups[alike(sequence.bucket)].append(sequence)
        size = self.max_batch
        return [
            group[i : i + size] for group in groups.values() for i in range(0, len(group), size)
        ]

    def remove(self, sequence: Sequence) -> None:
        """The sequence is done, or has failed, or was cancelled; one that is gone stays gone."""
        waiting = self._waiting[sequence.priority]
        if sequence in self._live:
            self._live.remove(sequence)
        elif sequence in waiting:
            waiting.remove(sequence)

    def _next(self) -> Sequence | None:
        """Who is admitted next: the oldest for whose priority there is a place."""
        order = PRIORITIES if self._overtaken < OVERTAKEN else PRIORITIES[::-1]
        for priority in order:
            places = self.max_live - sum(s.priority == priority for s in self._live)
            if places > 0 and self._waiting[priority]:
                return self._waiting[priority][0]
        return None

    def _has_room(self, sequence: Sequence) -> bool:
        return sum(s.nbytes for s in self._live) + sequence.nbytes <= self.budget

    def _admit(self, sequence: Sequence) -> None:
        self._live.append(self._waiting[sequence.priority].popleft())
        overtakes = sequence.priority == "interactive" and self._waiting["background"]
        self._overtaken = self._overtaken + 1 if overtakes else 0

    def _turns(self) -> list[Sequence]:
        turns = self._by_priority(self._live)
        return [s for s in turns if s.priority == "interactive"] if self._paused else turns

    def _by_priority(self, sequences: list[Sequence]) -> list[Sequence]:
        return sorted(sequences, key=lambda s: PRIORITIES.index(s.priority))
