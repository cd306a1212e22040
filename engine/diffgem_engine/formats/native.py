"""The `native` format: what DiffGem teaches a checkpoint, with ids of its own.

Prompt:  <bos> [<suffix> rest of the document after the cursor's line] <prefix> prefix
Canvas:  hole slots (middle, <eom>, padding), pinned text, more hole slots ..., pinned suffix head

The prompt's suffix starts at the line break that ends the cursor's line, so neither typing nor an
editor's auto-closed bracket moves it: they change the end of the prompt or the canvas alone.  What
stands between the hole and that line break is in the canvas, pinned, with a little of what
follows.
"""

from collections.abc import Sequence

from attrs import evolve, field, frozen

from diffgem_engine.core.canvas import (
    Canvas,
    CanvasError,
    Hypothesis,
    Noise,
    Order,
    Part,
    build_canvas,
)
from diffgem_engine.formats.base import (
    CHARACTERS_A_TOKEN,
    NO_INSTRUCTIONS,
    Encode,
    latest_ids,
    latest_text,
)

# What a checkpoint must have been made with: the layouts above, and the pieces and ids of text.
LAYOUT_VERSION = 1
TOKENIZER_VERSION = 1


@frozen
class SpecialIds:
    """The ids that the infill format lays out."""

    pad: int = 0
    eos: int = 1
    bos: int = 2
    hole: int = 3
    eom: int = 4
    suffix: int = 5
    prefix: int = 6

    @property
    def ends(self) -> tuple[int, ...]:
        """What ends a middle."""
        return self.eom, self.eos, self.pad

    @property
    def barred(self) -> tuple[int, ...]:
        """What has its place in a prompt or a canvas alone: never written token by token."""
        return self.pad, self.bos, self.hole, self.suffix, self.prefix


@frozen
class InfillFormat:
    """How a checkpoint was taught to infill: its metadata file, `infill.json`."""

    vocab: int
    prompt_tokens: int  # the longest prompt
    suffix_tokens: int  # of which the suffix takes at most
    head_tokens: int  # pinned suffix head in the canvas, at most
    noise: Noise = "absorbing"
    order: Order = "entropy"  # not transformers' to know, so not in the generation config
    draft_bonus: float = 0.0  # nats by which a draft is preferred; nor is this
    draft_enough: float = 0.0  # nats from which on a draft is the answer as it is; nor is this
    layout: int = LAYOUT_VERSION
    tokenizer: int = TOKENIZER_VERSION
    ids: SpecialIds = field(factory=SpecialIds)

    @property
    def name(self) -> str:
        return "native"

    @property
    def pad(self) -> int:
        return self.ids.pad

    @property
    def ends(self) -> tuple[int, ...]:
        return self.ids.ends

    @property
    def barred(self) -> tuple[int, ...]:
        return self.ids.barred

    @property
    def marks(self) -> tuple[int, ...]:
        return tuple(sorted({*self.ids.barred, *self.ids.ends}))

    @property
    def unsaid(self) -> tuple[int, ...]:
        return ()

    @property
    def noise_range(self) -> tuple[int, int]:
        hole = self.ids.hole
        return (hole, hole + 1) if self.noise == "absorbing" else (0, self.vocab)

    @property
    def mark(self) -> int | None:
        return self.ids.hole if self.noise == "marked" else None

    def after_middle(self, canvas: Canvas) -> tuple[int, ...]:
        """The encoder was taught `<prefix> prefix middle <eom>`."""
        return (self.ids.eom,)

    @property
    def instructions(self) -> bool:
        return False

    def instructed(self, instruction: str) -> "InfillFormat":
        raise CanvasError(NO_INSTRUCTIONS.format(self.name))

    def shortened(self, tokens: int) -> "InfillFormat":
        """The suffix has the same part of a prompt."""
        most = self.prompt_tokens - tokens
        suffix = self.suffix_tokens * most // self.prompt_tokens
        return evolve(self, prompt_tokens=most, suffix_tokens=suffix)

    def prompt(self, encode: Encode, prefix: str, suffix: str) -> list[int]:
        line_end = suffix.find("\n")
        beyond = "" if line_end < 0 else suffix[line_end:]
        known = encode(latest_text(prefix, self.prompt_tokens))
        return build_prompt(self, known, encode(beyond[: CHARACTERS_A_TOKEN * self.suffix_tokens]))

    def canvases(self, parts: Sequence[Part], head: Sequence[int]) -> tuple[Hypothesis, ...]:
        """One: the middle's end tells how long it is."""
        return (Hypothesis(build_canvas(self, parts, head)),)

    def read(self, filled: str) -> str:
        return filled


def build_prompt(form: InfillFormat, prefix: Sequence[int], suffix: Sequence[int]) -> list[int]:
    """The encoder's ids: the suffix first, so that typing only appends."""
    ids = form.ids
    tail = list(suffix[: form.suffix_tokens])
    start = [ids.bos, ids.suffix, *tail, ids.prefix] if tail else [ids.bos, ids.prefix]
    return [*start, *latest_ids(prefix, max(0, form.prompt_tokens - len(start)))]
