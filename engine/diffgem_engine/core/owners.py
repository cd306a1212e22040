"""Who waits for which sequence: each hears of its steps, and of its end exactly once."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from attrs import field, frozen

from diffgem_engine.core.failures import OutOfMemory
from diffgem_engine.core.sequence import Outcome, Sequence

log = logging.getLogger(__name__)


@frozen
class Events:
    """Where a sequence's owner hears of it; called from whoever calls `Engine.step`.

    `finished` is called exactly once, and last.  What they raise fails their own sequence alone.
    """

    finished: Callable[[Sequence, Outcome, BaseException | None], None]
    stepped: Callable[[Sequence], None] = field(default=lambda _: None)


class Owners:
    """Of the sequences that have not ended."""

    def __init__(self, remove: Callable[[Sequence], None], make_room: Callable[[], object]) -> None:
        """A sequence that ends is `remove`d first; where the device has no memory, `make_room`."""
        self._remove, self._make_room = remove, make_room
        self._events: dict[Sequence, Events] = {}

    def __contains__(self, sequence: Sequence) -> bool:
        return sequence in self._events

    def add(self, sequence: Sequence, events: Events) -> None:
        self._events[sequence] = events

    def stepped(self, sequence: Sequence) -> None:
        self._events[sequence].stepped(sequence)

    def finish(
        self, sequence: Sequence, outcome: Outcome, error: BaseException | None = None
    ) -> None:
        self._remove(sequence)
        sequence.outcome = outcome
        self._events.pop(sequence).finished(sequence, outcome, error)

    def fail_all(self, error: BaseException) -> None:
        for sequence in [*self._events]:
            with self.failing_alone(sequence):
                self.finish(sequence, Outcome.FAILED, error)

    @contextmanager
    def failing_alone(self, sequence: Sequence) -> Iterator[None]:
        """A failure inside ends `sequence`, never another one; the device's own ends the engine."""
        try:
            yield
        except torch.AcceleratorError:  # the device is gone, and with it the engine
            raise
        except torch.OutOfMemoryError:  # behind a step that changed something: no second try
            if sequence in self:
                self.finish(sequence, Outcome.FAILED, OutOfMemory())
            self._make_room()
        except Exception as error:
            if sequence in self:
                self.finish(sequence, Outcome.FAILED, error)
            else:
                log.exception("the owner of a finished sequence failed")
