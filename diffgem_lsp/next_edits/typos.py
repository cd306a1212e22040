"""Names near an edit that stand there alone, and are one slip away from names that do not."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from diffgem_lsp.next_edits.history import Change
from diffgem_lsp.next_edits.proposals import Proposal
from diffgem_lsp.next_edits.symbols import Names
from diffgem_lsp.snapshots import Snapshot

NEAR_LINES = 8  # before and after a change
NEAR = 2_000  # characters of them
REACH = 20_000  # characters around either end of it whose names are known
SHORTEST, LONGEST = 4, 100  # characters of a name that is looked at
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
    if len(text) > 4 * REACH:
        text = f"{text[: 2 * REACH]}\n{text[-2 * REACH :]}"
    return Counter(found[0] for found in _NAME.finditer(text))


def _is_alone(name: str, known: Known) -> bool:
    return known[name] + known[f".{name}"] == 1 and len(name) >= SHORTEST


def _slips(snapshot: Snapshot, change: Change, known: Known) -> Iterator[Proposal]:
    """Nearest to the change first."""
    spans = _near(snapshot, change)
    words = (word for span in spans for word in _NAME.finditer(snapshot.text, *span))
    alone = [word for word in words if _is_alone(word[1], known)]
    meant = _meant((word[0] for word in alone), known)
    for word in sorted(alone, key=lambda word: abs(word.start() - change.start)):
        likely = meant.get(word[0], ())[:MOST_MEANT]
        if likely:
            first, *others = (name.removeprefix(".") for name in likely)
            yield Proposal(*word.span(1), first, "typo", change.start, (*others,))


def _meant(names: Iterable[str], known: Known) -> Mapping[str, Sequence[str]]:
    """What each may be a slip of, the most frequent first.  It stands there more than once, and in
    the same role: as a member, or as none.

    Two names are compared only if they have a rest in common: comparing all with all took seconds.
    """
    by_rest: dict[str, list[str]] = defaultdict(list)
    for name in names:
        for rest in _rests(name):
            by_rest[rest].append(name)
    found: dict[str, list[str]] = defaultdict(list)
    for other in [each for each, count in known.items() if count > 1] if by_rest else []:
        for name in {name for rest in _rests(other) for name in by_rest.get(rest, ())}:
            if _may_be_meant(name, other):
                found[name].append(other)
    for others in found.values():
        others.sort(key=lambda each: (-known[each], len(each)))
    return found


def _rests(name: str) -> set[str]:
    """What is left of it without one character, or without none: names a slip apart share one."""
    if not SHORTEST <= len(name.removeprefix(".")) <= LONGEST:
        return set()
    return {name, *(name[:at] + name[at + 1 :] for at in range(len(name)))}


def _may_be_meant(name: str, other: str) -> bool:
    return name.startswith(".") == other.startswith(".") and is_slip(name, other)


def _near(snapshot: Snapshot, change: Change) -> list[tuple[int, int]]:
    """What stands before and after the change; what it holds is the user's, however much it is."""
    lines = snapshot.lines
    first = lines.start(max(0, lines.line_of(change.start) - NEAR_LINES))
    last = lines.end(min(lines.count - 1, lines.line_of(change.end) + NEAR_LINES))
    before = max(first, change.start - NEAR), change.start
    after = max(change.start, change.end - 1), min(last, change.end + NEAR)  # a dot is of the name
    return [before, after]


def _is_name(snapshot: Snapshot, slip: Proposal) -> bool:
    """Neither in a string nor in a comment, and not where the name is made."""
    names = Names(snapshot, snapshot.text[slip.start : slip.end], slip.start)
    place = names.here
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
