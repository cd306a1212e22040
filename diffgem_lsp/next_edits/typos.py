"""Names near an edit that stand there alone, and are one slip away from names that do not."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain

from diffgem_lsp.next_edits.history import Change
from diffgem_lsp.next_edits.proposals import Proposal
from diffgem_lsp.next_edits.symbols import Names
from diffgem_lsp.snapshots import Snapshot

NEAR_LINES = 8  # before and after a change
REACH = 20_000  # characters around it whose names are known
SHORTEST = 4  # characters of a name that is looked at
MOST = 4  # of one change
MOST_MEANT = 3  # names that one may be a slip of
_NAME = re.compile(r"\.?([^\W\d]\w*)")  # with the dot before a member's name
Known = Counter[str]  # how often names stand there, those of members apart, with their dot


def proposals(snapshot: Snapshot, changes: Sequence[Change]) -> Iterator[Proposal]:
    """What the user probably meant, for the latest change."""
    for change in changes[-1:]:
        found = _slips(snapshot, change, _known(snapshot, change))
        slips = (slip for slip in found if _is_name(snapshot, slip))
        for _, slip in zip(range(MOST), slips, strict=False):
            yield slip


def names_alone(snapshot: Snapshot, change: Change) -> set[str]:
    """Those that stand only once around it, and are long enough to be told from others."""
    known = _known(snapshot, change)
    return {name for each in known if _is_alone(name := each.removeprefix("."), known)}


def _known(snapshot: Snapshot, change: Change) -> Known:
    text = snapshot.text[max(0, change.start - REACH) : change.end + REACH]
    return Counter(found[0] for found in _NAME.finditer(text))


def _is_alone(name: str, known: Known) -> bool:
    return known[name] + known[f".{name}"] == 1 and len(name) >= SHORTEST


def _slips(snapshot: Snapshot, change: Change, known: Known) -> Iterator[Proposal]:
    """Nearest to the change first.  What is meant stands there more than once, and in the same
    role: as a member, or as none.
    """
    often: dict[int, list[str]] = defaultdict(list)  # by their lengths
    for each, count in known.items():
        name = each.removeprefix(".")
        if count > 1 and len(name) >= SHORTEST:
            often[len(each)].append(each)
    words = _NAME.finditer(snapshot.text, *_near(snapshot, change))
    for word in sorted(words, key=lambda word: abs(word.start() - change.start)):
        if _is_alone(word[1], known):
            near = chain.from_iterable(often[len(word[0]) + more] for more in (-1, 0, 1))
            meant = [each for each in near if _may_be_meant(word[0], each)]
            likely = sorted(meant, key=lambda each: -known[each])[:MOST_MEANT]
            if likely:
                first, *others = (name.removeprefix(".") for name in likely)
                yield Proposal(*word.span(1), first, "typo", change.start, (*others,))


def _may_be_meant(name: str, other: str) -> bool:
    return name.startswith(".") == other.startswith(".") and is_slip(name, other)


def _near(snapshot: Snapshot, change: Change) -> tuple[int, int]:
    lines = snapshot.lines
    first = max(0, lines.line_of(change.start) - NEAR_LINES)
    last = min(lines.count - 1, lines.line_of(change.end) + NEAR_LINES)
    return lines.start(first), lines.end(last)


def _is_name(snapshot: Snapshot, slip: Proposal) -> bool:
    """Neither in a string nor in a comment, and not where the name is made."""
    names = Names(snapshot, snapshot.text[slip.start : slip.end], slip.start)
    place = names.at(slip.start)
    return place is not None and not place.is_keyword and not names.is_bound_by(place)


def is_slip(one: str, other: str) -> bool:
    """Whether one character too many, too few, or another one, or two in the wrong order, are all
    that is between them.
    """
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    head = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    at = min(len(one), len(other)) if head is None else head
    left, right = one[at:], other[at:]
    if len(one) != len(other):
        longer, shorter = (left, right) if len(left) > len(right) else (right, left)
        return longer[1:] == shorter
    return left[1:] == right[1:] or (left[1::-1] == right[:2] and left[2:] == right[2:])
