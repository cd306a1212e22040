"""The state of one canvas from admission to its result.

Imports no torch: the scheduler reads sequences, and never a tensor.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from attrs import define, field, frozen

from diffgem_engine.core.canvas import Canvas
from diffgem_engine.core.continuing import Rest
from diffgem_engine.core.request import Bucket, InfillIds, Priority
from diffgem_engine.core.stopping import Stopping
from diffgem_engine.core.timings import Timings

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from diffgem_engine.core.kv import GrowingKv, PaddedPrefix, PrefixKv

S = TypeVar("S")


class Outcome(Enum):
    """How a sequence ended."""

    SETTLED = "settled"  # stable and confident; or the middle has ended
    OUT_OF_STEPS = "out of steps"  # or of slots to write
    OUT_OF_TIME = "out of time"  # past its deadline
    CANCELLED = "cancelled"
    FAILED = "failed"


class Score(NamedTuple):
    """What a model says of a middle and what follows it."""

    log_prob: float  # nats, of all tokens
    tokens: int  # what follows included

    @property
    def confidence(self) -> float:
        """The geometric mean probability of the tokens."""
        return math.exp(self.log_prob / self.tokens)


NOTHING_SAID = Score(0.0, 0)


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


@frozen
class Committed:
    """The canvases of a hole that are done, before the one that is denoised now."""

    ids: tuple[int, ...] = ()  # what the hole starts with included
    steps: int = 0
    score: Score = NOTHING_SAID  # the decoder's


@define(eq=False)
class Trial:
    """One of a request's length hypotheses or seeds, denoised on the diffusion path."""

    sequence: Sequence
    bias: float
    sureness: float = 0.0  # after the first step, less the bias
    outcome: Outcome | None = None  # None while it is denoised


@define(eq=False)
class Sequence:
    """One hole, or a few that share a canvas: waiting, then live: its prompt is read piece by
    piece, and then it takes its steps.  So it goes once more for every canvas that follows.

    It has one canvas; or trials, and then the canvas and all that is said of it are those of the
    leading one.
    """

    request: InfillIds
    generator: torch.Generator
    stopping: Stopping = field(factory=Stopping)
    timings: Timings = field(factory=Timings)
    nbytes: int = 0  # of the device's memory, at most; see `footprint`
    canvas: Canvas = field(init=False)
    rest: Rest | None = field(init=False)
    committed: Committed = Committed()
    step: int = 0  # of the canvas
    cancelled: bool = False
    late: bool = False  # past its deadline
    prefilled: int = 0
    kv: PrefixKv | None = None  # of the prompt, as far as it is read and as long as it is of use
    ready: bool = False  # all of it is read
    cramped: bool = False  # there was no memory for it once
    denoising: Denoising | None = None
    writing: Writing | None = None
    argmax: tuple[int, ...] = ()  # of the open slots, as is `accepted`
    accepted: tuple[bool, ...] = ()
    score: Score = NOTHING_SAID  # of what was filled, by who filled it; once it has ended
    scores: tuple[Score, ...] = ()  # the encoder's, of what was filled, then of each draft
    draft_scores: tuple[Score, ...] = ()  # the same of each draft, where they were looked at first
    opinions: tuple[Opinion, ...] = ()  # of the tokens of code to review
    trials: list[Trial] = field(factory=list)  # those still in the running, the leading one first
    outcome: Outcome | None = None

    def __attrs_post_init__(self) -> None:
        self.canvas, self.rest = self.request.canvas, self.request.rest

    @property
    def prompt(self) -> tuple[int, ...]:
        """All that the encoder reads before the canvas."""
        return self.request.prompt + self.committed.ids

    @property
    def priority(self) -> Priority:
        return self.request.priority

    @property
    def bucket(self) -> Bucket:
        if not self.committed.ids:
            return self.request.bucket
        return Bucket.of(self.request.path, len(self.prompt), [self.canvas])

    @property
    def deadline(self) -> float | None:
        """By the clock that its arrival was read from."""
        after = self.request.deadline_ms
        return None if after is None else self.timings.arrived + after / 1000

    @property
    def steps(self) -> int:
        """Of all canvases."""
        return self.committed.steps + self.step

    @property
    def confidence(self) -> float:
        """The geometric mean probability of the tokens that fill the holes, and of their ends."""
        return self.score.confidence

    @property
    def live(self) -> Denoising:
        """Its tensors; asking before the prefill is a mistake of the engine's."""
        return _prefilled(self.denoising)

    @property
    def written(self) -> Writing:
        """`live`, on the autoregressive path."""
        return _prefilled(self.writing)

    @property
    def prompt_kv(self) -> PrefixKv:
        """`kv`, of one that still has a use for it."""
        return _prefilled(self.kv)

    @property
    def is_compared(self) -> bool:
        """Whether the encoder has anything to say: of several lengths or seeds one may be left."""
        several = self.request.hypotheses and len(self.trials) > 1
        return bool(self.request.drafts or self.request.scored or several)

    def filled(self) -> list[int]:
        """The canvas' ids with every open slot at its most likely token, after a step at least."""
        return self.canvas.filled(self.argmax)

    def give_up_trials(self) -> bool:
        """Half of them, the least likely ones; whether there were several."""
        several = len(self.trials) > 1
        del self.trials[max(1, len(self.trials) // 2) :]
        return several

    def go_on(self, canvas: Canvas, rest: Rest | None) -> None:
        """Commit the canvas as it is filled, to be read before the next one takes its steps."""
        ids = self.committed.ids + tuple(self.filled())
        self.committed = Committed(ids, self.steps, self.score)
        self.canvas, self.rest = canvas, rest
        self.stopping, self.step, self.argmax, self.accepted = Stopping(), 0, (), ()
        self.ready, self.denoising = False, None


def _prefilled(state: S | None) -> S:
    if state is None:
        raise RuntimeError("a sequence took a step before it was prefilled")
    return state
