"""A canvas slot by slot, and what the engine must know of the format that it is laid out in.

Canvas:  hole slots (a middle and, in some formats, its end), pinned text, more hole slots ...,
pinned suffix head

On the autoregressive path the encoder goes on from its prompt: what the hole starts with, middle,
end.  Everything here is token ids; nothing imports torch.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Literal, NamedTuple, Protocol

from attrs import frozen

LONGEST_CANVAS = 256
Noise = Literal["absorbing", "uniform", "marked"]
Order = Literal["entropy", "left"]  # in which a canvas' slots are accepted
FillPath = Literal["diffusion", "autoregressive"]  # how a canvas is filled, by the same weights
# Several canvases for one request, of which one is chosen; or code that is looked at as it is.
CanvasPath = FillPath | Literal["hypotheses", "review"]


class CanvasError(ValueError):
    """A canvas that cannot be laid out; the message says what to change."""


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


class Hypothesis(NamedTuple):
    """A canvas for one guess at the length of its hole."""

    canvas: Canvas
    bias: float = 0.0  # how much surer than it should be the decoder is of holes of this length


class CanvasRules(Protocol):
    """What the ids of a canvas mean: all that the engine knows of a format."""

    @property
    def pad(self) -> int:
        """Stands where nothing counts."""

    @property
    def ends(self) -> tuple[int, ...]:
        """What ends a middle; none where a middle is all of its hole."""

    @property
    def marks(self) -> tuple[int, ...]:
        """What no text has."""

    @property
    def barred(self) -> tuple[int, ...]:
        """What is never written token by token: the marks, but for ends that are to be found."""

    @property
    def unsaid(self) -> tuple[int, ...]:
        """What is never denoised into a hole: the same, but for a format that teaches better."""

    @property
    def head_tokens(self) -> int:
        """How much of the suffix a canvas pins behind its holes, at most."""

    @property
    def noise_range(self) -> tuple[int, int]:
        """Noise tokens are uniform in [low, high)."""

    @property
    def mark(self) -> int | None:
        """The id whose embedding is the self-conditioning signal of noise before the first step;
        None where that signal is zero.
        """

    def after_middle(self, canvas: Canvas) -> tuple[int, ...]:
        """What follows the middle of the one hole of `canvas`, where the encoder compares middles;
        one id at least.
        """


def build_canvas(rules: CanvasRules, parts: Sequence[Part], head: Sequence[int]) -> Canvas:
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
            ids.extend([rules.pad] * open_slots)
            pinned.extend([False] * open_slots)
    if not holes:
        raise CanvasError("a canvas needs at least one hole")
    if len(ids) > LONGEST_CANVAS:
        raise CanvasError(
            f"the canvas has {len(ids)} slots: ask for fewer, it holds at most {LONGEST_CANVAS}"
        )
    end = list(head[: min(rules.head_tokens, LONGEST_CANVAS - len(ids))])
    return Canvas((*ids, *end), (*pinned, *([True] * len(end))), tuple(holes))


def build_continuation(
    rules: CanvasRules, prompt: Sequence[int], parts: Sequence[Part]
) -> tuple[list[int], Canvas]:
    """Prompt and canvas of the autoregressive path, for one hole: what the hole starts with ends
    the prompt, and the canvas has no head, which the encoder cannot read.

    Raises CanvasError for anything but one hole, and what `build_canvas` raises.
    """
    if len(parts) != 1 or not isinstance(parts[0], HoleSlots):
        raise CanvasError("the autoregressive path fills one hole and no more: send just that")
    return [*prompt, *parts[0].starts_with], build_canvas(rules, parts, ())


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


def read_hole(rules: CanvasRules, filled: Sequence[int]) -> tuple[list[int], bool]:
    """The middle in a hole's final ids, and whether it ended: cut at the first end."""
    for i, token in enumerate(filled):
        if token in rules.ends:
            return list(filled[:i]), True
    return list(filled), False


def kept_slots(rules: CanvasRules, canvas: Canvas, filled: Sequence[int]) -> set[int]:
    """The open slots that say something: of every hole the middle and the token that ends it."""
    kept: set[int] = set()
    for hole in canvas.holes:
        slots = [slot for slot in hole if not canvas.pinned[slot]]
        middle, _ = read_hole(rules, [filled[slot] for slot in slots])
        kept.update(slots[: len(middle) + 1])
    return kept
