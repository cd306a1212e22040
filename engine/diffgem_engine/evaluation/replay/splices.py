"""Two texts -> how somebody would turn the one into the other: what to take away, what to type."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from attrs import frozen

_PIECES = re.compile(r"\w+|\s+|.")
_MOST_PIECES = 2_000  # of one hunk that is compared word by word
_ALIKE = 0.5  # share of a hunk that stays, below which it is typed anew
_SHORT = 8  # characters between two changes that are rather typed again than jumped over


@frozen
class Splice:
    """`removed` characters at `start` go, `inserted` is typed there; of the text as it is then."""

    start: int
    removed: int
    inserted: str


def splices(before: str, after: str) -> list[Splice]:
    """From the top of the file to its end; applied in turn they give `after`."""
    found: list[Splice] = []
    moved = 0  # how much longer the text has become above
    for start, end, new in _hunks(before, after):
        for each in _within(before[start:end], new):
            at = start + moved + each.start
            found.append(_on_the_line_above(before[start:end], after, each, at))
        moved += len(new) - (end - start)
    return found


def _hunks(before: str, after: str) -> Iterator[tuple[int, int, str]]:
    """Whole lines of `before`, as offsets, and what stands there in `after`."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = _starts(old)
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield starts[i1], starts[i2], "".join(new[j1:j2])


def _starts(lines: Sequence[str]) -> list[int]:
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    return starts


def _within(old: str, new: str) -> list[Splice]:
    """Word by word where most of it stays, otherwise all at once; offsets as each is applied."""
    one, other = _PIECES.findall(old), _PIECES.findall(new)
    if not old or not new or max(len(one), len(other)) > _MOST_PIECES:
        return [Splice(0, len(old), new)]
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return [Splice(0, len(old), new)]
    return _joined(list(_by_piece(matcher, one, other)), new)


def _by_piece(
    matcher: "SequenceMatcher[str]", old: Sequence[str], new: Sequence[str]
) -> Iterator[Splice]:
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            start = sum(map(len, new[:j1]))
            yield Splice(start, sum(map(len, old[i1:i2])), "".join(new[j1:j2]))


def _joined(found: Sequence[Splice], new: str) -> list[Splice]:
    """Changes with little between them are one; `new` is the text once all are applied."""
    joined: list[Splice] = []
    for each in found:
        last = joined[-1] if joined else None
        end = last.start + len(last.inserted) if last is not None else 0
        if last is None or each.start - end >= _SHORT:
            joined.append(each)
            continue
        between = new[end : each.start]
        typed = last.inserted + between + each.inserted
        joined[-1] = Splice(last.start, last.removed + len(between) + each.removed, typed)
    return joined


def _on_the_line_above(old: str, after: str, splice: Splice, at: int) -> Splice:
    """New lines begin with Enter at the end of the line above, not with typing before a line.

    What is above `at` is as it is in `after` already.
    """
    lines = not old and splice.inserted.endswith("\n") and at > 0 and after[at - 1] == "\n"
    if not lines:
        return Splice(at, splice.removed, splice.inserted)
    return Splice(at - 1, 0, "\n" + splice.inserted[:-1])
