"""Filters that end a completion where its hole ends."""

import re

from diffgem_lsp.filters.site import Site
from diffgem_lsp.holes.kinds import HoleKind
from diffgem_lsp.text.brackets import left_open
from diffgem_lsp.text.lines import indent_width

# Controls, and what turns the direction of writing: shown, it would not be what is put in.
_BROKEN = re.compile(
    r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    r"\ufffd\ud800-\udfff]"
)
_BLANK_LINES = re.compile(r"(?:[ \t]*\n)+")
_QUOTE = re.compile(r'''(?<![\\'])"''')  # neither escaped nor a character of its own
_CLOSING_LINE = re.compile(r"[)\]}]+[;,]?|end|fi|done|esac")
_FROM_LINE_START = (HoleKind.WHOLE_LINE, HoleKind.BLOCK)
_OF_LINES = (*_FROM_LINE_START, HoleKind.REST_OF_BLOCK)


def broken_characters(text: str, _: Site) -> str:
    """Nothing of a text with what cannot be shown as it is, or with what no UTF-8 was found for."""
    return "" if _BROKEN.search(text) else text


def leading_blank_lines(text: str, site: Site) -> str:
    """Without blank lines before the code, where the cursor's own line is blank already."""
    blank = _BLANK_LINES.match(text) if site.kind in _FROM_LINE_START else None
    return text[blank.end() :].removeprefix(site.hole.indent) if blank is not None else text


def beyond_line(text: str, site: Site) -> str:
    """Of a hole that ends with its line, the first line.

    Code after the cursor would be torn off; a string or comment ends there; the rest of a line
    goes on for as long as it has a bracket open, and stays calm otherwise.
    """
    lines = text.split("\n")
    if site.tail or site.kind in (HoleKind.STRING, HoleKind.COMMENT):
        return lines[0]
    if site.kind in _OF_LINES:
        return text
    for count in range(1, len(lines)):
        so_far = "\n".join(lines[:count])
        if not left_open(site.head + so_far):
            return so_far
    return text


def beyond_block(text: str, site: Site) -> str:
    """Up to the first line that is indented less than the hole: it belongs to what is around.

    A line that closes the block is kept; later filters know whether the document has it already.
    """
    if site.kind not in _OF_LINES:
        return text
    first, *others = text.split("\n")
    typed = site.kind is HoleKind.REST_OF_BLOCK
    least = indent_width(site.hole.indent + ("x" if typed else first))
    kept = [first]
    for line in others:
        if line.strip() and indent_width(line) < least:
            return "\n".join([*kept, line] if _CLOSING_LINE.fullmatch(line.strip()) else kept)
        kept.append(line)
    return text


def open_quote(text: str, site: Site) -> str:
    """Up to a quote that nothing closes: on a line that was broken before, no error tells of it."""
    if site.kind in (HoleKind.STRING, HoleKind.COMMENT) or '"' in site.tail:
        return text
    line = text.partition("\n")[0]
    quotes = [found.start() for found in _QUOTE.finditer(line)]
    if len(quotes) % 2 == 0 or '"""' in line:
        return text
    return text[: quotes[-1]].rstrip()


def line_cap(text: str, site: Site) -> str:
    """At most `max_lines`."""
    return "\n".join(text.split("\n")[: site.max_lines])


def trailing_space(text: str, site: Site) -> str:
    """No white space at the end, unless code follows on the line."""
    return text if site.tail else text.rstrip()


def whitespace_only(text: str, _: Site) -> str:
    return text if text.strip() else ""
