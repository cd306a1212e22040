"""Text -> the same text without what looks like a secret in it, line for line.

Precision is for code: a value that is a name, a placeholder or a sentence stays.  What is doubtful
goes, as a model loses little by it.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from attrs import frozen

from diffgem_lsp.privacy.lines import After, Look, joined, look, look_closely
from diffgem_lsp.privacy.shapes import Span
from diffgem_lsp.privacy.words import is_nothing, is_strong

MARK = "REDACTED_VALUE"
AROUND = 2_000  # characters of a document around what is shown of it
REACH = 50_000  # as far as a prompt may reach
SHORTEST = 6  # characters of a secret that is one wherever it stands
_KEY_LINE = re.compile(
    r"^[\s\"'`+,;#*|/>-]*(?:[A-Za-z0-9+/=]{1,100}|(?:Proc-Type|DEK-Info|Version|Comment):.*)"
    r"(?:\\[nr])*[\s\"'`+,;\\)]*$|^\s*$"
)
_VALUE_LINE = re.compile(
    r"^\s*(?P<own>-?\s*[\"']?(?:value|default)[\"']?\s*[:=]\s*)?"
    r"(?:[fFrRbBuU]{0,2}(?P<q>[\"'`])(?P<quoted>(?:(?!(?P=q))(?:\\.|.))*)(?P=q)|(?P<bare>[^\"'`\s].*?))[\s,);\\+.]*$"
)


@frozen
class Redacted:
    text: str
    count: int  # of secrets that were taken out


def redact(text: str) -> Redacted:
    """`text` with MARK for each secret; it has as many lines."""
    return redact_parts((text,))[0]


def redact_parts(parts: Sequence[str], cursors: Sequence[int] = ()) -> tuple[Redacted, ...]:
    """Each part of one text that is all of `parts` together, so that no secret hides in a cut."""
    text = "".join(parts)
    spans = find(text, cursors)
    if not spans:
        return tuple(Redacted(part, 0) for part in parts)
    ends = accumulate(map(len, parts))
    return tuple(
        replaced(text, end - len(part), end, spans) for part, end in zip(parts, ends, strict=True)
    )


def redact_window(text: str, start: int, cursor: int, end: int) -> tuple[str, str]:
    """`text[start:cursor]` and `text[cursor:end]`, by what stands just before and behind them too.

    A window may begin in the middle of a key, or below the line that says what a value is.
    """
    first, last = max(0, start - AROUND), min(len(text), end + AROUND)
    spans = [(a + first, b + first) for a, b in find(text[first:last])]
    return replaced(text, start, cursor, spans).text, replaced(text, cursor, end, spans).text


def secrets_around(text: str, *places: int) -> tuple[str, ...]:
    """Those of a document as far as `REACH` from the places, which cut them; the longest first."""
    first, last = max(0, min(places) - REACH), max(places) + REACH
    found: set[str] = set()
    for start, end in find(text[first:last]):
        ends = sorted({start + first, end + first, *places})
        pairs = pairwise(each for each in ends if start + first <= each <= end + first)
        found.update(text[one:other] for one, other in (*pairs, (start + first, end + first)))
    long = (each for each in found if len(each) >= SHORTEST and each != MARK)
    return tuple(sorted(long, key=len, reverse=True))


def replaced(text: str, start: int, end: int, spans: Sequence[Span]) -> Redacted:
    """`text[start:end]` with MARK for the spans, of which any may reach over either end."""
    pieces, place, count = [], start, 0
    for first, last in spans:
        if start < last and first < end and text[first:last] != MARK:
            pieces += [text[place : max(first, start)], MARK]
            place, count = min(last, end), count + 1
    return Redacted("".join([*pieces, text[place:end]]), count)


def find(text: str, cursors: Sequence[int] = ()) -> tuple[Span, ...]:
    """Where secrets stand in `text`, in order and apart; no span goes over a line's end.

    A value in which one of `cursors` stands is being typed: it may be shorter than others.
    """
    if "\r" in text:
        text = text.replace("\r", "\n")  # as long as before
    lines = text.split("\n")
    looks = list(map(look, lines))
    for row, column in (_place(text, cursor) for cursor in cursors):
        looks[row] = look_closely(lines[row], column)
    if not any(each.spans or each.after is not After.NOTHING for each in looks):
        return ()
    starts = accumulate((len(line) + 1 for line in lines), initial=0)
    return tuple(
        (start + first, start + last)
        for start, spans in zip(starts, _with_followers(lines, looks), strict=False)
        for first, last in spans
    )


def _place(text: str, cursor: int) -> tuple[int, int]:
    return text.count("\n", 0, cursor), cursor - (text.rfind("\n", 0, cursor) + 1)


def _with_followers(lines: list[str], looks: list[Look]) -> Iterator[tuple[Span, ...]]:
    """The spans of each line, with what the lines above make of it."""
    above, indent = After.NOTHING, 0
    for line, seen in zip(lines, looks, strict=True):
        spans = _following(line, above, indent)
        yield joined((*seen.spans, *spans)) if spans else seen.spans
        if seen.after is not After.NOTHING:
            above, indent = seen.after, _indent(line)
        elif _ends(line, above, bool(spans)):
            above = After.NOTHING


def _ends(line: str, above: After, found: bool) -> bool:
    """A value goes on while literals follow each other with nothing between them."""
    body = line.strip()
    return bool(body) and (
        not found or (above in (After.VALUE, After.TOKEN) and body[-1] in ",;)]}")
    )


def _following(line: str, above: After, indent: int) -> tuple[Span, ...]:
    body = line.strip()
    if above is After.NOTHING or not body:
        return ()
    first = line.index(body)
    if above is After.BLOCK:
        return ((first, first + len(body)),) if _indent(line) > indent else ()
    if above is After.KEY:
        return ((first, first + len(body)),) if _KEY_LINE.match(line) else ()
    found = _VALUE_LINE.match(line)
    if found is None or not (found["q"] or found["own"]):
        return ()
    group = "quoted" if found["q"] else "bare"
    is_one = not is_nothing(found[group]) and (above is After.VALUE or is_strong(found[group]))
    return (found.span(group),) if is_one else ()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
