"""An edit that might follow, before the model has judged it."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from attrs import frozen

from diffgem_lsp.next_edits.history import Change
from diffgem_lsp.snapshots import Snapshot

MOST = 32  # of one request
LONGEST_SIDE = 200  # characters of a word on each side of a change


KINDS: Mapping[str, str] = MappingProxyType(
    {
        "rename": "other places of a name that was changed where it is declared",
        "repeat": "other places of a name that was changed at several of them",
        "name": "other places of a name that was changed at one of its uses",
        "parameter": "the name of a parameter in calls, where it was renamed",
        "removal": "an argument whose parameter was removed",
        "argument": "the argument of a new parameter, by a name that is there",
        "guess": "the argument of a new parameter, by the model",
        "typo": "a name that stands there alone, and is a slip away from one that does not",
        "doubt": "a name that the model doubts, and is a slip away from what it would have",
    }
)


@frozen
class Proposal:
    """`text` for `start..end` of a snapshot's text, `because` of an edit at that place.

    Where several texts would do, the `others` compete with it.  A proposal without a text `opens`
    a hole between two of its own, for the model to fill.
    """

    start: int
    end: int
    text: str
    kind: str
    because: int
    others: tuple[str, ...] = ()
    opens: tuple[str, str] | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        return () if self.opens is not None else (self.text, *self.others)

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end


def allowed(
    proposals: Iterable[Proposal], snapshot: Snapshot, changes: Sequence[Change]
) -> list[Proposal]:
    """Those that leave alone what the user changed, nearest to what they are about first.

    Several of one place differ in kind: some kinds are offered, others judged or never.
    """
    locks = [lock_of(change, snapshot.text) for change in changes]
    free = {
        (each.span, each.kind): each
        for each in proposals
        if not any(is_locked(each.start, each.end, lock) for lock in locks)
    }
    return sorted(free.values(), key=lambda each: abs(each.start - each.because))[:MOST]


def lock_of(change: Change, text: str) -> tuple[int, int]:
    """What of the text now is the user's: whole words, as far as one was changed; of a longer one
    than anybody names a thing by, what is near.
    """
    start, end = change.start, change.end
    first, last = max(0, start - LONGEST_SIDE), min(len(text), end + LONGEST_SIDE)
    while start > first and _in_word(text[start - 1 : start + 1]):
        start -= 1
    while end < last and _in_word(text[max(0, end - 1) : end + 1]):
        end += 1
    return start, end


def is_locked(start: int, end: int, lock: tuple[int, int]) -> bool:
    """Whether an edit of `start..end` touches what is locked.

    Where nothing but a deletion is left, nothing goes in either.  An edit may stand beside a lock.
    """
    first, last = lock
    if first == last:
        return start <= first <= end
    return start < last and first < end


def disjoint(proposals: Sequence[Proposal]) -> list[Proposal]:
    """The first of those that overlap, in the order given."""
    kept: list[Proposal] = []
    for each in proposals:
        if all(each.end < other.start or other.end < each.start for other in kept):
            kept.append(each)
    return kept


def _in_word(pair: str) -> bool:
    return len(pair) == 2 and all(letter.isalnum() or letter == "_" for letter in pair)
