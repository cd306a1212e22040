"""A hole of more slots than a canvas has is filled by one canvas after another.

They are laid out as training teaches a middle that is too long for its canvas: slots alone,
without an end and without a head.  The next canvas stands behind it, as if what it says had been
in the prefix.  Only the last one, which can hold all that is left, has the suffix head.
"""

from collections.abc import Sequence

from attrs import frozen

from diffgem_engine.core.canvas import (
    LONGEST_CANVAS,
    Canvas,
    CanvasRules,
    HoleSlots,
    build_canvas,
    read_hole,
)

LEAST_SHARE = 4  # the last canvas has a quarter of the slots at least: its head needs a middle


@frozen
class Rest:
    """What of a hole is left for the next canvases, of `longest` slots each."""

    slots: int
    head: tuple[int, ...]
    longest: int = LONGEST_CANVAS


def next_canvas(
    rules: CanvasRules, rest: Rest, starts_with: tuple[int, ...] = ()
) -> tuple[Canvas, Rest | None]:
    """The canvas that stands next, and what it leaves for others.

    Raises CanvasError for a start that leaves it no open slot.
    """
    most = rest.longest - rest.longest // LEAST_SHARE
    head = rest.head[: min(rules.head_tokens, most)]
    if rest.slots + len(head) <= rest.longest:
        return build_canvas(rules, [HoleSlots(rest.slots, starts_with)], head), None
    slots = min(rest.longest, rest.slots - rest.longest // LEAST_SHARE)
    canvas = build_canvas(rules, [HoleSlots(slots, starts_with)], ())
    return canvas, Rest(rest.slots - slots, rest.head, rest.longest)


def following(
    rules: CanvasRules, canvas: Canvas, filled: Sequence[int], rest: Rest
) -> tuple[Canvas, Rest | None] | None:
    """The canvas behind one whose steps are done, and what it leaves; None where the middle has
    ended in what that one is `filled` with.
    """
    [hole] = canvas.holes
    _, ended = read_hole(rules, [filled[i] for i in hole if not canvas.pinned[i]])
    return None if ended else next_canvas(rules, rest)
