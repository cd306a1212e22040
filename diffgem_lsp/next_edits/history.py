"""What the user changed lately, as spans of the text as it is now.

Edits that touch are one change: a word that was typed key by key, or corrected on the way, is what
stood there first and what stands there now.  So are edits of one word that do not touch.
"""

from collections.abc import Sequence
from itertools import pairwise

from attrs import evolve, field, frozen

from diffgem_lsp.documents import Edit
from diffgem_lsp.snapshots import Snapshot

CHANGES = 8  # that count as recent, of a document
DOCUMENTS = 64
FRESH = 40  # edits elsewhere after which a change asks for nothing any more
LONGEST_GAP = 100  # characters of one word, between two edits of it


@frozen
class Change:
    """`before` became `after`, which stands at `start` of the text now.

    `age` is the number of edits elsewhere since.
    """

    start: int
    before: str
    after: str
    age: int = field(default=0, eq=False)

    @property
    def end(self) -> int:
        return self.start + len(self.after)

    @property
    def is_new_code(self) -> bool:
        """Of several lines, where nothing stood."""
        return not self.before and "\n" in self.after


class History:
    """Of the documents that were edited latest."""

    def __init__(self) -> None:
        self._changes: dict[str, tuple[Change, ...]] = {}

    def record(self, snapshot: Snapshot, edits: Sequence[Edit]) -> None:
        """A listener of the document store."""
        changes = self._changes.pop(snapshot.uri, ())
        for edit in edits:
            changes = with_edit(changes, edit)
        changes = with_words_whole(changes, snapshot.text)
        self._changes[snapshot.uri] = changes  # the latest last
        while len(self._changes) > DOCUMENTS:
            del self._changes[next(iter(self._changes))]

    def forget(self, uri: str) -> None:
        self._changes.pop(uri, None)

    def saved(self, uri: str) -> None:
        """Code that was written before counts as the document's from now on: what is changed in it
        is a change of its own.
        """
        changes = self._changes.get(uri, ())
        self._changes[uri] = tuple(each for each in changes if not each.is_new_code)

    def of(self, uri: str, *, fresh: bool = False) -> tuple[Change, ...]:
        """The latest last; no two of them touch.  With `fresh` not those that the user has left
        alone for long: who has not taken an offer by then does not want it.
        """
        changes = self._changes.get(uri, ())
        return tuple(each for each in changes if each.age <= FRESH) if fresh else changes


def with_edit(changes: Sequence[Change], edit: Edit) -> tuple[Change, ...]:
    """The recent changes once `edit` is made."""
    made = _trimmed(edit)
    start, end = made.start, made.start + len(made.before)
    touching = [each for each in changes if start <= each.end and each.start <= end]
    grown = len(made.after) - len(made.before)
    others = (
        evolve(each, start=each.start + grown * (each.start > end), age=each.age + 1)
        for each in changes
        if each not in touching
    )
    merged = _merged(made, sorted(touching, key=lambda each: each.start))
    news = () if merged.before == merged.after else (_trimmed(merged),)
    return (*others, *news)[-CHANGES:]


def with_words_whole(changes: Sequence[Change], text: str) -> tuple[Change, ...]:
    """The changes of `text`, of which those within one word are one, as late as the later one.

    Whoever types `amount` for `sum` passes `am`: the `m` looks kept, and parts what was typed
    before it from what is typed after it.
    """
    for one, other in pairwise(sorted(changes, key=lambda each: each.start)):
        gap = text[one.end : other.start] if other.start - one.end <= LONGEST_GAP else ""
        if _are_of_one_word(one, gap, other):
            before, after = one.before + gap + other.before, one.after + gap + other.after
            later = max(one, other, key=changes.index)
            fewer = [each for each in changes if each == later or each not in (one, other)]
            fewer[fewer.index(later)] = Change(one.start, before, after)
            return with_words_whole([each for each in fewer if each.before != each.after], text)
    return tuple(changes)


def _are_of_one_word(one: Change, gap: str, other: Change) -> bool:
    left, right = one.after or one.before, other.after or other.before
    around = left[-1:] + gap + right[:1]
    return gap != "" and all(letter.isalnum() or letter == "_" for letter in around)


def _merged(made: Change, touching: Sequence[Change]) -> Change:
    """One change of `made` and of those that it touches, in order of their places."""
    if not touching:
        return made
    start, end, first, last = made.start, made.start + len(made.before), touching[0], touching[-1]
    before, at = "", start
    for change in touching:
        before += made.before[max(0, at - start) : max(0, change.start - start)] + change.before
        at = change.end
    before += made.before[max(0, at - start) :]
    left, right = first.after[: max(0, start - first.start)], last.after[max(0, end - last.start) :]
    if last.end <= end:
        right = ""
    return Change(min(start, first.start), before, left + made.after + right)


def _trimmed(change: Edit | Change) -> Change:
    """Without what both texts begin or end with: clients send whole documents."""
    match change:
        case Edit(start, before, after) | Change(start, before, after):
            pass
    head = _common(before, after)
    before, after = before[head:], after[head:]
    tail = _common(before[::-1], after[::-1])
    return Change(start + head, before[: len(before) - tail], after[: len(after) - tail])


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one.startswith(other[least:middle], least):
            least = middle
        else:
            most = middle - 1
    return least
