"""The `pinned` format: for any DiffusionGemma checkpoint, none of whose ids mean anything new.

Prompt:  <bos> prefix
Canvas:  hole slots, all of them middle, then the suffix, pinned

Nothing ends a middle, so its length is a hypothesis: a request for one hole and nothing beside it
has several canvases, with the same suffix behind holes of different lengths.  Other requests are
taken at their word: every hole is filled to its last slot.
"""

from collections.abc import Sequence

from attrs import evolve, frozen

from diffgem_engine.core.canvas import (
    LONGEST_CANVAS,
    Canvas,
    CanvasError,
    HoleSlots,
    Hypothesis,
    Order,
    Part,
    build_canvas,
)
from diffgem_engine.formats.base import NO_INSTRUCTIONS, Encode, latest_ids, latest_text

LEAST_HEAD = 32  # of the suffix, where it has them: longer holes are cut down to leave them
COMPARED_HEAD = 16  # of the suffix, by whose likelihood lengths are compared

LengthBias = tuple[tuple[int, float], ...]  # (open slots, bias), for holes of so many and more


@frozen
class PinnedFormat:
    """Settings that the checkpoint's files and the device give."""

    vocab: int
    prompt_tokens: int
    head_tokens: int
    guesses: int  # at the length of a hole
    pad: int
    bos: int
    eos: int
    marks: tuple[int, ...]
    noise_range: tuple[int, int]
    mark: int | None = None
    order: Order = "entropy"
    draft_bonus: float = 0.0
    draft_enough: float = 0.0
    length_bias: LengthBias = ()  # by which the sureness of holes is lowered; see `hypotheses`

    @property
    def name(self) -> str:
        return "pinned"

    @property
    def ends(self) -> tuple[int, ...]:
        return ()

    @property
    def barred(self) -> tuple[int, ...]:
        return self.marks

    @property
    def unsaid(self) -> tuple[int, ...]:
        return self.marks

    def after_middle(self, canvas: Canvas) -> tuple[int, ...]:
        """The head of the suffix; where there is none, the end of the document."""
        return canvas.ids[canvas.holes[-1].stop :][:COMPARED_HEAD] or (self.eos,)

    @property
    def instructions(self) -> bool:
        return False

    def instructed(self, instruction: str) -> "PinnedFormat":
        raise CanvasError(NO_INSTRUCTIONS.format(self.name))

    def shortened(self, tokens: int) -> "PinnedFormat":
        return evolve(self, prompt_tokens=self.prompt_tokens - tokens)

    def prompt(self, encode: Encode, prefix: str, suffix: str) -> list[int]:
        known = encode(latest_text(prefix, self.prompt_tokens))
        return [self.bos, *latest_ids(known, self.prompt_tokens - 1)]

    def canvases(self, parts: Sequence[Part], head: Sequence[int]) -> tuple[Hypothesis, ...]:
        if len(parts) != 1 or not isinstance(parts[0], HoleSlots):
            return (Hypothesis(build_canvas(self, parts, head)),)
        start = parts[0].starts_with
        room = LONGEST_CANVAS - min(len(head), LEAST_HEAD)
        most = min(parts[0].slots, max(room, len(start) + 1)) - len(start)
        shown = head[: LONGEST_CANVAS - len(start) - most]  # the same behind every length
        return tuple(
            Hypothesis(
                build_canvas(self, [HoleSlots(len(start) + length, start)], shown),
                bias_of(self.length_bias, length),
            )
            for length in lengths(most, self.guesses)
        )

    def read(self, filled: str) -> str:
        return filled


def bias_of(table: LengthBias, length: int) -> float:
    """Of a hole with so many open slots; 0 for one shorter than any in the table."""
    reached = [entry for entry in table if entry[0] <= length]
    return max(reached)[1] if reached else 0.0


def lengths(most: int, guesses: int) -> list[int]:
    """So many different guesses at a length, or fewer: from `most` down to 1, each the same part of
    the one before.  `most` alone where it is below 1.
    """
    if most < 1:
        return [most]
    last = max(1, guesses - 1)
    parts = (most ** (n / last) for n in range(guesses))
    return list(dict.fromkeys(max(1, round(most / part)) for part in parts))
