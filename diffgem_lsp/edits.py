"""Old text, new text -> minimal edits: by lines first, then by words within the lines that differ.

An edit never starts or ends within a CRLF, where no client has a position.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher

from attrs import frozen
from lsprotocol.types import Range, TextEdit

from diffgem_lsp.snapshots import Snapshot

MOST_TOKENS = 2_000  # of a piece that is compared by lines, or by words: the time is quadratic
ALIKE = 0.5  # of its words, that lines must share: less is another text, and is replaced whole
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_WORD = re.compile(r"\r\n|\w+|[^\S\r\n]+|.", re.DOTALL)


@frozen
class Change:
    """`text` for `start..end` of the old text, in code points."""

    start: int
    end: int
    text: str


Pieces = Callable[[str, int, str], Iterator[Change]]


def changes(text: str, start: int, end: int, new: str) -> tuple[Change, ...]:
    """What makes `new` of `text[start:end]`: disjoint, in order, none without an effect."""
    found = _by(_LINE, _by_words, text[start:end], start, new)
    return tuple(each for each in (_trimmed(text, each) for each in found) if _has_effect(each))


def text_edits(snapshot: Snapshot, start: int, end: int, new: str) -> list[TextEdit]:
    """The same in the client's units."""
    return [
        TextEdit(Range(snapshot.position(each.start), snapshot.position(each.end)), each.text)
        for each in changes(snapshot.text, start, end, new)
    ]


def _by_words(old: str, at: int, new: str) -> Iterator[Change]:
    return _by(_WORD, _whole, old, at, new, alike=ALIKE)


def _whole(old: str, at: int, new: str) -> Iterator[Change]:
    yield Change(at, at + len(old), new)


def _by(
    token: re.Pattern[str], inner: Pieces, old: str, at: int, new: str, *, alike: float = 0.0
) -> Iterator[Change]:
    """What differs between the tokens of `old`, which starts at `at`, and those of `new`."""
    olds, news = token.findall(old), token.findall(new)
    matcher = SequenceMatcher(None, olds, news, autojunk=False)
    if max(len(olds), len(news)) > MOST_TOKENS or (alike and matcher.ratio() < alike):
        yield from _whole(old, at, new)
        return
    places = _starts(olds, at)
    for tag, first, last, new_first, new_last in matcher.get_opcodes():
        if tag != "equal":
            piece = "".join(olds[first:last])
            yield from inner(piece, places[first], "".join(news[new_first:new_last]))


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


def _common(one: str, other: str, most: int) -> int:
    """How many of the first `most` characters are the same."""
    return next((at for at in range(most) if one[at] != other[at]), most)


def _within_crlf(text: str, at: int) -> bool:
    return text[at - 1 : at + 1] == "\r\n"


def _has_effect(change: Change) -> bool:
    return change.start < change.end or change.text != ""
