"""Where secrets stand in a text of many lines.

Its patterns take long to compile: it is loaded when the client has its first reply.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

from diffgem_lsp.privacy.lines import PLAIN, After, Look, look, look_closely
from diffgem_lsp.privacy.spans import Span, joined
from diffgem_lsp.privacy.words import is_nothing, is_strong

_KEY_LINE = re.compile(
    r"^[\s\"'`+,;#*|/>-]*+(?:[A-Za-z0-9+/=]{1,100}+|(?:Proc-Type|DEK-Info|Version|Comment):.*)"
    r"(?:\\[nr])*+[\s\"'`+,;\\)]*+$|^\s*$"
)
_VALUE_LINE = re.compile(
    r"^\s*(?P<own>-?\s*[\"']?(?:value|default)[\"']?\s*[:=]\s*)?"
    r"(?:[fFrRbBuU]{0,2}(?P<q>[\"'`])(?P<quoted>(?:(?!(?P=q))(?:\\.|.))*+)(?:(?P=q)|(?<=\\[\"'`]))"
    r"|(?P<bare>[^\"'`\s](?:.*[^\s,);\\+.])?))[\s,);\\+.]*+(?:(?:#|//).*)?$"
)


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
    if looks.count(PLAIN) == len(looks):
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
