"""Text -> the same text without what looks like a secret in it, line for line.

Precision is for code: a value that is a name, a placeholder or a sentence stays.  What is doubtful
goes, as a model loses little by it.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from attrs import frozen

from diffgem_lsp.privacy.spans import Span, joined

MARK = "REDACTED_VALUE"
AROUND = 2_000  # characters of a document around what is shown of it
REACH = 50_000  # as far as a prompt may reach
SHORTEST = 6  # characters of a secret that is one wherever it stands


@frozen
class Redacted:
    text: str
    count: int  # of secrets that were taken out


def redact(text: str) -> Redacted:
    """`text` with MARK for each secret; it has as many lines."""
    return replaced(text, 0, len(text), find(text))


def redact_window(text: str, start: int, cursor: int, end: int) -> tuple[str, str]:
    """`text[start:cursor]` and `text[cursor:end]`, by what stands just before and behind them too.

    A window may begin in the middle of a key, or below the line that says what a value is.
    """
    first, last = max(0, start - AROUND), min(len(text), end + AROUND)
    spans = [(a + first, b + first) for a, b in find(text[first:last])]
    return replaced(text, start, cursor, spans).text, replaced(text, cursor, end, spans).text


def secrets_around(text: str, *places: int) -> tuple[str, ...]:
    """Those of a document as far as `REACH` from the places, which cut them; the longest first."""
    windows = joined((max(0, place - REACH), min(len(text), place + REACH)) for place in places)
    found = {each for window in windows for each in _cut(text, window, places)}
    long = (each for each in found if len(each) >= SHORTEST and each != MARK)
    return tuple(sorted(long, key=len, reverse=True))


def _cut(text: str, window: Span, places: Sequence[int]) -> Iterator[str]:
    """The secrets in a part of `text`, and their pieces."""
    first, last = window
    for a, b in find(text[first:last]):
        start, end = a + first, b + first
        yield text[start:end]
        ends = sorted({start, end, *(place for place in places if start < place < end)})
        yield from (text[one:other] for one, other in pairwise(ends))


def replaced(text: str, start: int, end: int, spans: Sequence[Span]) -> Redacted:
    """`text[start:end]` with MARK for the spans, of which any may reach over either end."""
    pieces, place, count = [], start, 0
    for first, last in spans:
        if start < last and first < end and text[first:last] != MARK:
            pieces += [text[place : max(first, start)], MARK]
            place, count = min(last, end), count + 1
    return Redacted("".join([*pieces, text[place:end]]), count)


def find(text: str, cursors: Sequence[int] = ()) -> tuple[Span, ...]:
    """See `finding`."""
    from diffgem_lsp.privacy import finding  # noqa: PLC0415 - see there

    return finding.find(text, cursors)
