"""What a sequence's time went into."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from diffgem_engine.sequence import Sequence


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
def timed(sequences: list[Sequence], stage: str) -> Iterator[None]:
    """Add what passes inside to `stage` of every sequence: each waited for all of it."""
    began = time.perf_counter()
    yield
    passed = 1000 * (time.perf_counter() - began)
    for sequence in sequences:
        setattr(sequence.timings, stage, getattr(sequence.timings, stage) + passed)
