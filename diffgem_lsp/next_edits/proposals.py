"""An edit that might follow, before the model has judged it."""

from collections.abc import Iterable, Sequence

from attrs import frozen

from diffgem_lsp.next_edits.history import Change
from diffgem_lsp.snapshots import Snapshot

MOST = 32  # of one request


@frozen
class Proposal:
    """`text` for `start..end` of a snapshot's text; `because` is where the edit is that asks for it.

    The kinds: rename (what is declared anew), name (a use that has another name), parameter (a
    renamed one in calls), argument (added or removed in calls), typo, doubt (the model's own).

    Where the text is a guess, the model may fill a hole that `opens` between two texts as well.
    """

    start: int
    end: int
    text: str
    kind: str
    because: int
    opens: tuple[str, str] | None = None


def allowed(
    proposals: Iterable[Proposal], snapshot: Snapshot, changes: Sequence[Change]
) -> list[Proposal]:
    """Those that leave alone what the user changed, nearest to what they are about first."""
    locks = [lock_of(change, snapshot.text) for change in changes]
    free = {
        (each.start, each.end): each
        for each in proposals
        if not any(is_locked(each.start, each.end, lock) for lock in locks)
    }
    return sorted(free.values(), key=lambda each: abs(each.start - each.because))[:MOST]


def lock_of(change: Change, text: str) -> tuple[int, int]:
    """What of the text now is the user's: whole words, as far as one was changed."""
    start, end = change.start, change.end
    while start > 0 and _in_word(text[start - 1 : start + 1]):
        start -= 1
    while end < len(text) and _in_word(text[max(0, end - 1) : end + 1]):
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
