"""A request in token ids, and the shapes that follow from it.

Imports no torch, as the scheduler reads it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from attrs import frozen

from diffgem_engine.core.canvas import LONGEST_CANVAS, Canvas, CanvasPath, Hypothesis
from diffgem_engine.core.continuing import Rest

if TYPE_CHECKING:
    from diffgem_engine.core.sampler import SamplingParams

CANVAS_BUCKETS = (8, 16, 24, 32, 48, 64, 96, 128, 192, LONGEST_CANVAS)
PROMPT_STRIDE = 64
OPEN_STRIDE = 8

Priority = Literal["interactive", "background"]  # who goes first


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
    """All that the engine needs to know.

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
