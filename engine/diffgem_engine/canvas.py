"""The `native` infill format: what the encoder reads and how a canvas is laid out.

Prompt:  <bos> [<suffix> rest of the document after the cursor's line] <prefix> prefix
Canvas:  hole slots (middle, <eom>, padding), pinned text, more hole slots ..., pinned suffix head

On the autoregressive path the encoder goes on from its prompt: <prefix> prefix middle <eom>.

The prompt's suffix starts at the line break that ends the cursor's line, so neither typing nor an
editor's auto-closed bracket moves it: they change the end of the prompt or the canvas alone.  What
stands between the hole and that line break is in the canvas, pinned, with a little of what
follows.  Everything here is token ids; nothing imports torch.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Literal

from attrs import field, frozen

# What a checkpoint must have been made with: the layouts above, and the pieces and ids of text.
LAYOUT_VERSION = 1
TOKENIZER_VERSION = 1
LONGEST_CANVAS = 256
Noise = Literal["absorbing", "uniform", "marked"]
Order = Literal["entropy", "left"]  # in which a canvas' slots are accepted
FillPath = Literal["diffusion", "autoregressive"]  # how a canvas is filled, by the same weights
CanvasPath = FillPath | Literal["review"]  # or not filled at all: code is looked at as it is


class CanvasError(ValueError):
    """A canvas that cannot be laid out; the message says what to change."""


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
    layout: int = LAYOUT_VERSION
    tokenizer: int = TOKENIZER_VERSION
    ids: SpecialIds = field(factory=SpecialIds)

    @property
    def noise_range(self) -> tuple[int, int]:
        """Noise tokens are uniform in [low, high)."""
        hole = self.ids.hole
        return (hole, hole + 1) if self.noise == "absorbing" else (0, self.vocab)

    @property
    def mark(self) -> int | None:
        """The id whose embedding is the self-conditioning signal of noise before the first step;
        None where that signal is zero.
        """
        return self.ids.hole if self.noise == "marked" else None


@frozen
class HoleSlots:
    """`slots` positions; the first are pinned to `starts_with`, the rest are noise."""

    slots: int
    starts_with: tuple[int, ...] = ()


@frozen
class PinnedIds:
    """Text that stands in the canvas as it is."""

    ids: tuple[int, ...]


Part = HoleSlots | PinnedIds


@frozen
class Canvas:
    """Slots to denoise together: `ids[i]` is meaningless where `pinned[i]` is False.

    Of code to review nothing is pinned, and every id counts.
    """

    ids: tuple[int, ...]
    pinned: tuple[bool, ...]
    holes: tuple[range, ...]  # the slots of each hole, its pinned start included

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def open_slots(self) -> tuple[int, ...]:
        """The positions that get logits."""
        return tuple(i for i, pinned in enumerate(self.pinned) if not pinned)

    def filled(self, tokens: Sequence[int]) -> list[int]:
        """The ids with `tokens` in the open slots, one for each."""
        ids = list(self.ids)
        for slot, token in zip(self.open_slots, tokens, strict=True):
            ids[slot] = token
        return ids


def build_prompt(form: InfillFormat, prefix: Sequence[int], suffix: Sequence[int]) -> list[int]:
    """The encoder's ids: the suffix first, so that typing only appends.

    A prefix that does not fit loses its beginning in whole strides, so that the cut does not move
    with every key and the cached prefix stays valid.
    """
    ids = form.ids
    tail = list(suffix[: form.suffix_tokens])
    start = [ids.bos, ids.suffix, *tail, ids.prefix] if tail else [ids.bos, ids.prefix]
    room = max(0, form.prompt_tokens - len(start))
    stride = max(1, room // 4)
    excess = max(0, len(prefix) - room)
    cut = -(-excess // stride) * stride
    return [*start, *prefix[cut:]]


def build_canvas(form: InfillFormat, parts: Sequence[Part], head: Sequence[int]) -> Canvas:
    """Lay out holes and pinned text, then as much of the suffix head as the format pins.

    Raises CanvasError when there is no hole, no open slot, or more slots than a canvas has.
    """
    ids: list[int] = []
    pinned: list[bool] = []
    holes: list[range] = []
    for part in parts:
        known = part.ids if isinstance(part, PinnedIds) else part.starts_with
        ids.extend(known)
        pinned.extend([True] * len(known))
        if isinstance(part, HoleSlots):
            open_slots = _open_slots(part)
            holes.append(range(len(ids) - len(known), len(ids) + open_slots))
            ids.extend([form.ids.pad] * open_slots)
            pinned.extend([False] * open_slots)
    if not holes:
        raise CanvasError("a canvas needs at least one hole")
    if len(ids) > LONGEST_CANVAS:
        raise CanvasError(f"the canvas has {len(ids)} slots; it holds at most {LONGEST_CANVAS}")
    end = list(head[: min(form.head_tokens, LONGEST_CANVAS - len(ids))])
    return Canvas((*ids, *end), (*pinned, *([True] * len(end))), tuple(holes))


def build_continuation(
    form: InfillFormat, prompt: Sequence[int], parts: Sequence[Part]
) -> tuple[list[int], Canvas]:
    """Prompt and canvas of the autoregressive path, for one hole: what the hole starts with ends
    the prompt, and the canvas has no head, which the encoder cannot read.

    Raises CanvasError for anything but one hole, and what `build_canvas` raises.
    """
    if len(parts) != 1 or not isinstance(parts[0], HoleSlots):
        raise CanvasError("the autoregressive path fills one hole and no more: send just that")
    return [*prompt, *parts[0].starts_with], build_canvas(form, parts, ())


def build_review(code: Sequence[int]) -> Canvas:
    """Code as it is, in open slots alone: what a model is taught to repair has no head either.

    Raises CanvasError for no code, and for more than a canvas holds.
    """
    if not code:
        raise CanvasError("there is no code to review")
    if len(code) > LONGEST_CANVAS:
        raise CanvasError(
            f"the code has {len(code)} tokens; review at most {LONGEST_CANVAS} at a time"
        )
    return Canvas(tuple(code), (False,) * len(code), (range(len(code)),))


def _open_slots(hole: HoleSlots) -> int:
    open_slots = hole.slots - len(hole.starts_with)
    if open_slots < 1:
        raise CanvasError(
            f"a hole of {hole.slots} slots has no room after its {len(hole.starts_with)} "
            "pinned tokens; give it more slots"
        )
    return open_slots


def read_hole(form: InfillFormat, filled: Sequence[int]) -> tuple[list[int], bool]:
    """The middle in a hole's final ids, and whether it ended: cut at `<eom>` or padding."""
    for i, token in enumerate(filled):
        if token in form.ids.ends:
            return list(filled[:i]), True
    return list(filled), False


def kept_slots(form: InfillFormat, canvas: Canvas, filled: Sequence[int]) -> set[int]:
    """The open slots that say something: of every hole the middle and the token that ends it."""
    kept: set[int] = set()
    for hole in canvas.holes:
        slots = [slot for slot in hole if not canvas.pinned[slot]]
        middle, _ = read_hole(form, [filled[slot] for slot in slots])
        kept.update(slots[: len(middle) + 1])
    return kept
