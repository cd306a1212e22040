"""Filters against text that the document already has after the cursor."""

from collections.abc import Sequence

from diffgem_lsp.filters.site import Site
from diffgem_lsp.holes.kinds import HoleKind
from diffgem_lsp.text.brackets import PAIRS, QUOTES, end_of_string, left_open, unmatched_closer

_REACH = 4_000  # characters after the cursor in which repeated lines are looked for
_MOST_LINES = 8


def closed_already(text: str, site: Site) -> str:
    """Up to a closer that stands right after the cursor: `foo(a|)` must not get a `)`."""
    closer = site.tail.lstrip()[:1]
    if site.kind is HoleKind.STRING and closer and closer in QUOTES:
        at = end_of_string(text, closer)
    elif closer in PAIRS:
        at = unmatched_closer(text)
    else:
        return text
    if at is None or text[at] != closer:
        return text
    return text[:at].rstrip(" \t") if site.tail[0].isspace() else text[:at]


def overlap_with_suffix(text: str, site: Site) -> str:
    """Without an end that the line goes on with: `if |a:` must not get a second `a:`."""
    tail, ended = site.tail.rstrip(), text.rstrip()
    for size in range(min(len(ended), len(tail)), 0, -1):
        kept = ended[: len(ended) - size]
        if ended.endswith(tail[:size]) and _may_drop(kept, tail, size):
            return kept
    return text


def _may_drop(kept: str, tail: str, size: int) -> bool:
    """Not half a word, and not a closer of what `kept` opens."""
    half = _in_word(kept[-1:], tail[0]) or _in_word(tail[size - 1], tail[size : size + 1])
    closes = any(PAIRS[c] in left_open(kept) for c in tail[:size] if c in PAIRS)
    quotes = any(kept.count(c) % 2 for c in tail[:size] if c in QUOTES)
    return not (half or closes or quotes)


def _in_word(left: str, right: str) -> bool:
    return (left.isalnum() or left == "_") and (right.isalnum() or right == "_")


def repeated_lines(text: str, site: Site) -> str:
    """Without lines at the end that the document has next, at the same indentation."""
    if site.tail:
        return text
    lines = (site.head + text).split("\n")
    coded = [number for number, line in enumerate(lines) if line.strip()]
    following = _next_lines(site)
    for size in range(min(len(coded), len(following)), 0, -1):
        if _normal([lines[number] for number in coded[-size:]]) == following[:size]:
            return "\n".join(text.split("\n")[: coded[-size]])
    return text


def _next_lines(site: Site) -> list[str]:
    """The lines after the cursor's that have code on them."""
    offset = site.snapshot.offset
    reach = site.snapshot.text[offset : offset + _REACH]
    lines = reach.replace("\r\n", "\n").replace("\r", "\n").split("\n")[1:]
    return _normal([line for line in lines if line.strip()][:_MOST_LINES])


def _normal(lines: Sequence[str]) -> list[str]:
    return [line.rstrip().expandtabs() for line in lines]
