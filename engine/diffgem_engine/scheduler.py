"""Which sequences run: admission, batches of equal buckets, cancellation.  Never a tensor."""

from collections import defaultdict, deque

from attrs import define, field

from diffgem_engine.sequence import Bucket, Sequence


@define
class Scheduler:
    """First come, first served.  A sequence is waiting, then live, then gone.

    What is admitted is prefilled before the live ones take their step: few at a time, so that
    those do not stand still behind a queue.
    """

    max_live: int = 16
    max_batch: int = 8
    max_admitted: int = 2  # at once
    _waiting: deque[Sequence] = field(factory=deque)
    _live: list[Sequence] = field(factory=list)

    @property
    def idle(self) -> bool:
        return not self._waiting and not self._live

    @property
    def youngest(self) -> Sequence:
        """Of the live ones, that which was admitted last.  There is one at least."""
        return self._live[-1]

    def add(self, sequence: Sequence) -> None:
        self._waiting.append(sequence)

    def drop_cancelled(self) -> list[Sequence]:
        """Remove and return what was cancelled since the last call."""
        dropped = [s for s in (*self._waiting, *self._live) if s.cancelled]
        for sequence in dropped:
            self.remove(sequence)
        return dropped

    def admit(self) -> list[Sequence]:
        """Waiting sequences that become live now, oldest first."""
        count = min(len(self._waiting), self.max_live - len(self._live), self.max_admitted)
        admitted = [self._waiting.popleft() for _ in range(count)]
        self._live.extend(admitted)
        return admitted

    def batches(self) -> list[list[Sequence]]:
        """Every live sequence once, in batches of one bucket each."""
        groups: dict[Bucket, list[Sequence]] = defaultdict(list)
        for sequence in self._live:
            groups[sequence.bucket].append(sequence)
        size = self.max_batch
        return [
            group[i : i + size] for group in groups.values() for i in range(0, len(group), size)
        ]

    def remove(self, sequence: Sequence) -> None:
        """The sequence is done, or has failed, or was cancelled; one that is gone stays gone."""
        if sequence in self._live:
            self._live.remove(sequence)
        elif sequence in self._waiting:
            self._waiting.remove(sequence)
