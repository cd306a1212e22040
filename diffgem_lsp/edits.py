"""Old text, new text -> minimal edits: by lines first, then by words within the lines that differ.

An edit never starts or ends within a CRLF, where no client has a position.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import Match, SequenceMatcher
from itertools import accumulate

from attrs import define, frozen
from lsprotocol.types import Range, TextEdit

from diffgem_lsp.snapshots import Snapshot

MOST_STEPS = 500_000  # of comparing, for all of a text: some 50 ms
ALIKE = 0.5  # of its words, that lines must share: less is another text, and is replaced whole
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_WORD = re.compile(r"\r\n|\w+|[^\S\r\n]+|.", re.DOTALL)


@frozen
class Change:
    """`text` for `start..end` of the old text, in code points."""

    start: int
    end: int
    text: str


@define
class _Effort:
    """How many steps of comparing are left."""

    left: int


@frozen
class _Piece:
    """`old` starts at `at`, and is to become `new`."""

    old: str
    at: int
    new: str


Pieces = Callable[[_Piece, _Effort], Iterator[Change]]


def changes(text: str, start: int, end: int, new: str) -> tuple[Change, ...]:
    """What makes `new` of `text[start:end]`: disjoint, in order, none without an effect."""
    piece = _Piece(text[start:end], start, new)
    found = _by(_LINE, _by_words, piece, _Effort(MOST_STEPS))
    return tuple(each for each in (_trimmed(text, each) for each in found) if _has_effect(each))


def text_edits(snapshot: Snapshot, start: int, end: int, new: str) -> list[TextEdit]:
    """The same in the client's units."""
    return [
        TextEdit(Range(snapshot.position(each.start), snapshot.position(each.end)), each.text)
        for each in changes(snapshot.text, start, end, new)
    ]


def _by_words(piece: _Piece, effort: _Effort) -> Iterator[Change]:
    return _by(_WORD, _whole, piece, effort, alike=ALIKE)


def _whole(piece: _Piece, _: _Effort) -> Iterator[Change]:
    yield Change(piece.at, piece.at + len(piece.old), piece.new)


def _by(
    token: re.Pattern[str], inner: Pieces, piece: _Piece, effort: _Effort, *, alike: float = 0.0
) -> Iterator[Change]:
    """What differs between the tokens of the piece's old text and those of its new one."""
    olds, news = token.findall(piece.old), token.findall(piece.new)
    matcher = _Matcher(olds, news, effort)
    if matcher.is_too_much or (alike and matcher.likeness < alike):
        yield from _whole(piece, effort)
        return
    places = _starts(olds, piece.at)
    for first, last, new_first, new_last in matcher.differences():
        old, new = "".join(olds[first:last]), "".join(news[new_first:new_last])
        yield from inner(_Piece(old, places[first], new), effort)


class _Matcher(SequenceMatcher[str]):
    """Compares no more than the effort allows: what is left of the tokens counts as different.

    Tokens that are there again and again, as commas are, would be compared each with each, and
    once more for every match that is found.
    """

    def __init__(self, olds: Sequence[str], news: Sequence[str], effort: _Effort) -> None:
        self._head = _common(olds, news, min(len(olds), len(news)))
        rest, new_rest = olds[self._head :], news[self._head :]
        self._tail = _common(rest[::-1], new_rest[::-1], min(len(rest), len(new_rest)))
        self._tokens, self._effort = len(olds) + len(news), effort
        rest, new_rest = rest[: len(rest) - self._tail], new_rest[: len(new_rest) - self._tail]
        counts = Counter(new_rest)
        self._steps = [0, *accumulate(1 + counts[token] for token in rest)]
        super().__init__(None, rest, new_rest, autojunk=False)

    @property
    def is_too_much(self) -> bool:
        return self._steps[-1] > self._effort.left

    @property
    def likeness(self) -> float:
        """How much of the tokens the two share."""
        shared = self._head + self._tail + sum(each.size for each in self.get_matching_blocks())
        return 2 * shared / self._tokens if self._tokens else 1.0

    def differences(self) -> Iterator[tuple[int, int, int, int]]:
        """Where they are in the old tokens, and where in the new ones."""
        for tag, *places in self.get_opcodes():
            if tag != "equal":
                first, last, new_first, new_last = (self._head + place for place in places)
                yield first, last, new_first, new_last

    def find_longest_match(
        self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None
    ) -> Match:
        steps = self._steps[-1 if ahi is None else ahi] - self._steps[alo]
        if steps > self._effort.left:
            return Match(alo, blo, 0)
        self._effort.left -= steps
        return super().find_longest_match(alo, ahi, blo, bhi)


def _starts(tokens: Sequence[str], at: int) -> list[int]:
    """Where each token starts, and where the last one ends."""
    starts = [at]
    for token in tokens:
        starts.append(starts[-1] + len(token))
    return starts


def _trimmed(text: str, change: Change) -> Change:
    """Without what its two ends have in common with the text that it replaces."""
    start, end, new = change.start, change.end, change.text
    most = min(end - start, len(new))
    head = _common(text[start:end], new, most)
    while head and _within_crlf(text, start + head):
        head -= 1
    tail = _common(text[start:end][::-1], new[::-1], most - head)
    while tail and _within_crlf(text, end - tail):
        tail -= 1
    return Change(start + head, end - tail, new[head : len(new) - tail])


def _common(one: Sequence[str], other: Sequence[str], most: int) -> int:
    """How many of the first `most` characters, or tokens, are the same."""
    return next((at for at in range(most) if one[at] != other[at]), most)


def _within_crlf(text: str, at: int) -> bool:
    return text[at - 1 : at + 1] == "\r\n"


def _has_effect(change: Change) -> bool:
    return change.start < change.end or change.text != ""
