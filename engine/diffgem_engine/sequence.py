"""The state of one canvas from admission to its result.

Imports no torch: the scheduler reads sequences, and never a tensor.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from attrs import define, field, frozen

from diffgem_engine.canvas import LONGEST_CANVAS, Canvas, CanvasPath, Hypothesis
from diffgem_engine.stopping import Stopping

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from diffgem_engine.kv import GrowingKv, PaddedPrefix, PrefixKv
    from diffgem_engine.sampler import SamplingParams

CANVAS_BUCKETS = (8, 16, 24, 32, 48, 64, 96, 128, 192, LONGEST_CANVAS)
PROMPT_STRIDE = 64
OPEN_STRIDE = 8

S = TypeVar("S")


class Bucket(NamedTuple):
    """The path and the padded shapes of a sequence.  They follow from its request alone, and only
    equal ones share a batch: then a row's arithmetic is the same whatever shares it.
    """

    path: CanvasPath
    slots: int
    prompt: int
    open_slots: int


@frozen
class InfillIds:
    """A request in token ids: all that the engine needs to know.

    The autoregressive path fills one hole, whose pinned start the prompt ends with; see
    `canvas.build_continuation`.  `hypotheses` are the canvases of which one is to be chosen,
    `canvas` among them: all are denoised in the shapes of the longest.
    """

    prompt: tuple[int, ...]
    canvas: Canvas
    params: SamplingParams
    seed: int
    path: CanvasPath = "diffusion"
    drafts: tuple[tuple[int, ...], ...] = ()  # middles of the one hole, without its pinned start
    hypotheses: tuple[Hypothesis, ...] = ()

    @cached_property
    def bucket(self) -> Bucket:
        canvases = [self.canvas, *(each.canvas for each in self.hypotheses)]
        longest = max(map(len, canvases))
        most_open = max(len(canvas.open_slots) for canvas in canvases)
        return Bucket(
            self.path,
            next(size for size in CANVAS_BUCKETS if size >= longest),
            _round_up(len(self.prompt), PROMPT_STRIDE),
            _round_up(most_open, OPEN_STRIDE),
        )


def _round_up(count: int, stride: int) -> int:
    return -(-count // stride) * stride


class Outcome(Enum):
    """How a sequence ended."""

    SETTLED = "settled"  # stable and confident; or the middle has ended
    OUT_OF_STEPS = "out of steps"  # or of slots to write
    CANCELLED = "cancelled"
    FAILED = "failed"


@define
class Timings:
    """Milliseconds, by the monotonic clock."""

    created: float = field(factory=time.perf_counter)
    queue_ms: float = 0.0
    prefill_ms: float = 0.0
    denoise_ms: float = 0.0
    score_ms: float = 0.0

    def started(self) -> None:
        self.queue_ms = 1000 * (time.perf_counter() - self.created)


class Score(NamedTuple):
    """What the encoder says of a middle and what follows it."""

    log_prob: float  # nats, of all tokens
    tokens: int  # what follows included

    @property
    def confidence(self) -> float:
        """The geometric mean probability of the tokens."""
        return math.exp(self.log_prob / self.tokens)


class Opinion(NamedTuple):
    """What the decoder says of a token of reviewed code, and of the likeliest one."""

    probability: float
    better: int
    better_probability: float


@define(eq=False)
class Denoising:
    """What a sequence gains when it becomes live, and every denoising step changes."""

    prefix: PaddedPrefix
    tokens: Tensor  # [bucket slots]
    signal: Tensor  # self-conditioning, [bucket slots, width]


@define(eq=False)
class Writing:
    """The same on the autoregressive path, where a step reads one token and writes the next."""

    kv: GrowingKv  # of all that was read
    unread: int
    tokens: list[int] = field(factory=list)
    log_probs: list[float] = field(factory=list)


@define(eq=False)
class Trial:
    """One of a request's length hypotheses, denoised on the diffusion path."""

    sequence: Sequence
    bias: float
    sureness: float = 0.0  # after the first step, less the bias
    outcome: Outcome | None = None  # None while it is denoised


@define(eq=False)
class Sequence:
    """One request: waiting until it is prefilled, live from then on.

    It has one canvas; or trials, and then the canvas and all that is said of it are those of the
    leading one.
    """

    request: InfillIds
    generator: torch.Generator
    stopping: Stopping = field(factory=Stopping)
    timings: Timings = field(factory=Timings)
    step: int = 0
    cancelled: bool = False
    prefilled: int = 0
    denoising: Denoising | None = None
    writing: Writing | None = None
    argmax: tuple[int, ...] = ()  # of the open slots, as is `accepted`
    accepted: tuple[bool, ...] = ()
    confidence: float = 0.0
    prompt_kv: PrefixKv | None = None  # kept only where there are texts to score
    scores: tuple[Score, ...] = ()  # of what was filled, then of each draft, if compared
    opinions: tuple[Opinion, ...] = ()  # of the tokens of code to review
    trials: list[Trial] = field(factory=list)  # those still in the running, the leading one first
    canvas: Canvas = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.canvas = self.request.canvas

    @property
    def bucket(self) -> Bucket:
        return self.request.bucket

    @property
    def live(self) -> Denoising:
        """Its tensors; asking before the prefill is a mistake of the engine's."""
        return _prefilled(self.denoising)

    @property
    def written(self) -> Writing:
        """`live`, on the autoregressive path."""
        return _prefilled(self.writing)

    @property
    def scored_with(self) -> PrefixKv:
        """`prompt_kv`, of a sequence with texts to score."""
        return _prefilled(self.prompt_kv)

    def filled(self) -> list[int]:
        """The canvas' ids with every open slot at its most likely token, after a step at least."""
        return self.canvas.filled(self.argmax)


def _prefilled(state: S | None) -> S:
    if state is None:
        raise RuntimeError("a sequence took a step before it was prefilled")
    return state


@contextmanager
def timed(sequences: list[Sequence], stage: str) -> Iterator[None]:
    """Add what passes inside to `stage` of every sequence: each waited for all of it."""
    began = time.perf_counter()
    yield
    passed = 1000 * (time.perf_counter() - began)
    for sequence in sequences:
        setattr(sequence.timings, stage, getattr(sequence.timings, stage) + passed)
