"""What a sequence's time went into."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Literal

from attrs import define, field

Stage = Literal["prefill_ms", "denoise_ms", "score_ms"]


@define
class Timings:
    """Milliseconds, by the monotonic clock; but `arrived` is the clock itself, in seconds."""

    arrived: float = field(factory=time.perf_counter)
    queue_ms: float = 0.0
    prefill_ms: float = 0.0
    denoise_ms: float = 0.0
    score_ms: float = 0.0

    def started(self) -> None:
        self.queue_ms = 1000 * (time.perf_counter() - self.arrived)


@contextmanager
def timed(stage: Stage, every: Iterable[Timings]) -> Iterator[None]:
    """Add what passes inside to `stage` of every one: each waited for all of it."""
    began = time.perf_counter()
    yield
    passed = 1000 * (time.perf_counter() - began)
    for timings in every:
        setattr(timings, stage, getattr(timings, stage) + passed)
