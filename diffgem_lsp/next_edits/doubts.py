"""Names near an edit that the model would rather have otherwise: one denoising pass over the code.

The code is shown as it is, nothing noised.  Where a name that stands nowhere else has little
probability, a hole is opened in its place, all around it stays pinned, and what fills it is
proposed, if the name could be a slip of it.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

from attrs import frozen

from diffgem_engine.protocol import Hole, Reviewed
from diffgem_lsp.engine.api import Reviewing
from diffgem_lsp.next_edits.history import Change
from diffgem_lsp.next_edits.proposals import Proposal, is_locked, lock_of
from diffgem_lsp.next_edits.symbols import Names
from diffgem_lsp.next_edits.typos import is_slip, names_alone
from diffgem_lsp.prompt.context import Window, clean, gather
from diffgem_lsp.snapshots import Snapshot

LINES = 4  # before and after a change
LONGEST = 144  # characters of a piece: what checkpoints are taught to repair
MOST = 2  # names that a hole is opened for
MOST_SLOTS, FIRST_LETTERS = 16, 2
LEAST_SURE = 0.7  # the probability from which on a name is left alone
_NAME = re.compile(r"[^\W\d]\w*")


@frozen
class Doubt:
    """A name at `start..end`, and the least probability of a token of it."""

    start: int
    end: int
    probability: float


async def proposals(
    engine: Reviewing, snapshot: Snapshot, changes: Sequence[Change]
) -> list[Proposal]:
    """For the least probable names near the latest change.

    Raises what the engine client raises.
    """
    found = []
    for change in changes[-1:]:
        doubts = await doubtful(engine, snapshot, changes, change)
        for doubt in [each for each in doubts if each.probability < LEAST_SURE][:MOST]:
            texts = [*dict.fromkeys(await _instead(engine, snapshot, doubt))]
            if texts:
                first, *others = texts
                place = doubt.start, doubt.end
                found.append(Proposal(*place, first, "doubt", change.start, (*others,)))
    return found


async def doubtful(
    engine: Reviewing, snapshot: Snapshot, changes: Sequence[Change], near: Change
) -> list[Doubt]:
    """The least probable first, of names that stand there alone and were not changed."""
    locks = [lock_of(each, snapshot.text) for each in changes]
    alone = names_alone(snapshot, near)
    found: list[Doubt] = []
    for start, end in _pieces(snapshot, near):
        if not alone.isdisjoint(_NAME.findall(snapshot.text, start, end)):
            found += await _in_piece(engine, snapshot, start, end)
    free = (d for d in found if not any(is_locked(d.start, d.end, lock) for lock in locks))
    names = (d for d in free if snapshot.text[d.start : d.end] in alone and _is_name(snapshot, d))
    return sorted(names, key=lambda each: each.probability)


def _pieces(snapshot: Snapshot, change: Change) -> Iterator[tuple[int, int]]:
    """What follows the change, and what is before it: whole lines, where they are not too long."""
    lines = snapshot.lines
    first, last = lines.line_of(change.start), lines.line_of(change.end)
    yield from _piece(snapshot, last, min(last + LINES, lines.count - 1), forward=True)
    if first > 0:
        yield from _piece(snapshot, max(0, first - LINES), first - 1, forward=False)


def _piece(
    snapshot: Snapshot, first: int, last: int, *, forward: bool
) -> Iterator[tuple[int, int]]:
    start, end = snapshot.lines.start(first), snapshot.lines.end(last)
    if forward:
        end = min(end, start + LONGEST)
    else:
        start = max(start, end - LONGEST)
    text = snapshot.text[start:end]
    start += len(text) - len(text.lstrip())
    if text.strip():
        yield start, start + len(text.strip())


async def _in_piece(engine: Reviewing, snapshot: Snapshot, start: int, end: int) -> list[Doubt]:
    window = Window.of_tokens((await engine.ready()).prompt_tokens)
    code = clean(snapshot.text[start:end])
    if len(code) != end - start:
        return []  # other line ends: its places are not the document's
    prefix = gather(snapshot.at(start), window).prefix
    suffix = gather(snapshot.at(end), window).suffix
    return [*_doubts(await engine.review(prefix, code, suffix), code, start)]


def _doubts(reviewed: Reviewed, code: str, start: int) -> Iterator[Doubt]:
    tokens = reviewed.tokens
    ends = [*accumulate(len(token.text) for token in tokens)]
    for name in _NAME.finditer(code):
        of_name = [
            token.probability
            for token, end in zip(tokens, ends, strict=True)
            if name.start() < end and end - len(token.text) < name.end()
        ]
        if of_name:
            yield Doubt(start + name.start(), start + name.end(), min(of_name))


def _is_name(snapshot: Snapshot, doubt: Doubt) -> bool:
    names = Names(snapshot, snapshot.text[doubt.start : doubt.end], doubt.start)
    place = names.at(doubt.start)
    return place is not None and not names.is_bound_by(place)


async def _instead(engine: Reviewing, snapshot: Snapshot, doubt: Doubt) -> list[str]:
    """What the name could be a slip of: the names that the model begins with in its place, all
    around it pinned; and with its first letters pinned too, which are mostly right.
    """
    window = Window.of_tokens((await engine.ready()).prompt_tokens)
    prefix = gather(snapshot.at(doubt.start), window).prefix
    suffix = gather(snapshot.at(doubt.end), window).suffix
    now = snapshot.text[doubt.start : doubt.end]
    slots = min(MOST_SLOTS, 2 + len(now))
    names = []
    for head in ("", now[:FIRST_LETTERS]):
        result = await engine.infill(prefix, suffix, (Hole(slots, head),))
        for candidate in result.candidates[:1]:
            names += _NAME.findall("".join(candidate.texts))[:1]
    return [name for name in names if is_slip(now, name)]
