"""What the engine is asked for openings: one canvas for those that fit one."""

import math
from collections.abc import Callable, Sequence

from attrs import frozen

from diffgem_engine.protocol import Hole, Pinned, Segment, Welcome
from diffgem_lsp.actions.kinds import ActionKind, Opening, Shape
from diffgem_lsp.holes.site import hole_at
from diffgem_lsp.prompt.assembly import Prompt
from diffgem_lsp.prompt.context import clean
from diffgem_lsp.snapshots import Snapshot

# Of code that nothing tells the size of.  On a CPU a small model runs, whose long middles are worth
# nothing: with 118 slots it filled a third as many bodies as with 54, in five times the time.
CODE_SLOTS, CODE_SLOTS_ON_CPU = 246, 54
PROSE_SLOTS = 54
SHARED_SLOTS = 54  # the most of one hole that shares its canvas
HEAD = 16  # slots that a canvas of several holes keeps for the suffix
MORE = 1.5  # tokens that stand for one that is replaced
SPARE = 8
_NAME = "x"
PromptAt = Callable[[Snapshot], Prompt]  # of a document's cursor
_SIZES = (14, 22, 54, 118, 246)  # with a head they fill the engine's buckets


@frozen
class Question:
    """One canvas: the openings that it fills, what is around it, and its segments."""

    openings: tuple[Opening, ...]
    prefix: str
    suffix: str
    canvas: tuple[Segment, ...]


def question(
    snapshot: Snapshot, openings: Sequence[Opening], slots: Sequence[int], prompts: PromptAt
) -> Question:
    """The text between openings is pinned."""
    opened, places = all_opened(snapshot, openings)
    canvas: list[Segment] = [Hole(slots[0])]
    for size, start, end in zip(slots[1:], places, places[1:], strict=False):
        canvas += [Pinned(clean(opened.text[start:end])), Hole(size)]
    first = prompts(opened.at(places[0]))
    last = first if len(places) == 1 else prompts(opened.at(places[-1]))
    return Question(tuple(openings), first.prefix, last.suffix, tuple(canvas))


def all_opened(snapshot: Snapshot, openings: Sequence[Opening]) -> tuple[Snapshot, tuple[int, ...]]:
    """The document with every opening open and empty, and where each hole is in it."""
    places, moved, made = [], 0, snapshot
    for opening in openings:
        put = opening.lead + opening.trail
        places.append(opening.start + moved + len(opening.lead))
        made = made.replaced(opening.start + moved, opening.end + moved, put)
        moved += len(put) - (opening.end - opening.start)
    return made, tuple(places)


def beside(
    snapshot: Snapshot, opening: Opening, others: Sequence[Opening]
) -> tuple[Snapshot, Opening]:
    """The document in which one of several openings is judged: the empty ones beside it have a
    name in them, or what is missing there would excuse what is wrong here.
    """
    made, moved = snapshot, 0
    for other in reversed(others):
        if other != opening and other.start == other.end and other.shape is Shape.LINE:
            made = made.replaced(other.start, other.end, _NAME)
            moved += len(_NAME) * (other.start < opening.start)
    return made, opening.moved(moved)


def slots_for(
    snapshot: Snapshot, opening: Opening, kind: ActionKind, replaced: int, welcome: Welcome
) -> int:
    """By what is `replaced`, in tokens, where that is code; else by the kind of hole."""
    if opening.shape is Shape.PROSE:
        return PROSE_SLOTS
    if kind.replaces:
        return _sized(math.ceil(MORE * replaced) + SPARE)
    if opening.shape is Shape.CODE:
        return CODE_SLOTS if welcome.on_gpu else CODE_SLOTS_ON_CPU
    return hole_at(opening.opened(snapshot)).slots


def _sized(least: int) -> int:
    return next((size for size in _SIZES if size >= least), least)


def together(between: Sequence[int], slots: Sequence[int], max_slots: int) -> list[range]:
    """Holes that share a canvas, as few canvases as it takes.

    `between` are the tokens between one hole and the next.
    """
    groups, first, used = [], 0, slots[0]
    for at in range(1, len(slots)):
        used += between[at - 1] + slots[at]
        if used > max_slots - HEAD:
            groups.append(range(first, at))
            first, used = at, slots[at]
    return [*groups, range(first, len(slots))]
