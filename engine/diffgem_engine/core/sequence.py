"""The state of one canvas from admission to its result.

Imports no torch: the scheduler reads sequences, and never a tensor.
"""

from __future__ import annotations

import math
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from attrs import define, field, frozen

from diffgem_engine.core.canvas import LONGEST_CANVAS, Canvas, CanvasPath, Hypothesis
from diffgem_engine.core.continuing import Rest
from diffgem_engine.core.stopping import Stopping
from diffgem_engine.core.timings import Timings

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from diffgem_engine.core.kv import GrowingKv, PaddedPrefix, PrefixKv
    from diffgem_engine.core.sampler import SamplingParams

CANVAS_BUCKETS = (8, 16, 24, 32, 48, 64, 96, 128, 192, LONGEST_CANVAS)
PROMPT_STRIDE = 64
OPEN_STRIDE = 8

Priority = Literal["interactive", "background"]  # who goes first
S = TypeVar("S")


class Bucket(NamedTuple):
    """The path and the padded shapes of a sequence.  They follow from its request alone (and from
    what it has committed), and only equal ones share a batch: then a row's arithmetic is the same
    whatever shares it.
    """

    path: CanvasPath
    slots: int
    prompt: int
    open_slots: int

    @classmethod
    def of(cls, path: CanvasPath, prompt: int, canvases: list[Canvas]) -> Bucket:
        """For any of `canvases` behind `prompt` tokens."""
        longest = max(map(len, canvases))
        most_open = max(len(canvas.open_slots) for canvas in canvases)
        return cls(
            path,
            next(size for size in CANVAS_BUCKETS if size >= longest),
            _round_up(prompt, PROMPT_STRIDE),
            _round_up(most_open, OPEN_STRIDE),
        )


@frozen
class InfillIds:
    """A request in token ids: all that the engine needs to know.

    The autoregressive path fills one hole, whose pinned start the prompt ends with; see
    `canvas.build_continuation`.  A hole that takes several canvases has a `rest` on the diffusion
    path alone, and no drafts.  `hypotheses` are the canvases of which one is to be chosen, `canvas`
    among them: all are denoised in the shapes of the longest.
    """

    prompt: tuple[int, ...]
    canvas: Canvas  # the first
    params: SamplingParams
    seed: int
    path: CanvasPath = "diffusion"
    drafts: tuple[tuple[int, ...], ...] = ()  # middles of the one hole, without its pinned start
    rest: Rest | None = None
    deadline_ms: float | None = None  # after its arrival
    priority: Priority = "interactive"
    hypotheses: tuple[Hypothesis, ...] = ()
    seeds: int = 1  # how many canvases that differ in their random stream alone
    scored: bool = False  # the encoder looks at what was filled even where it is all there is
    draws: bool = False  # from the left too tokens are drawn, not the likeliest

    @property
    def compares(self) -> bool:
        """Whether the encoder looks at texts at its end."""
        return bool(self.drafts or self.hypotheses or self.scored)

    @cached_property
    def bucket(self) -> Bucket:
        """Of the first canvas, or of all that one is chosen of."""
        canvases = [self.canvas, *(each.canvas for each in self.hypotheses)]
        return Bucket.of(self.path, len(self.prompt), canvases)


def _round_up(count: int, stride: int) -> int:
    return -(-count // stride) * stride


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
