"""Post-processing: an ordered tuple of small pure functions.

Each takes the text so far and the site it is for, and returns the text to go on with; an empty
text ends the chain: there is nothing to show, and the filter's name is the reason.
"""

from collections.abc import Callable

from attrs import frozen

from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax import error_count

PAIRS = {")": "(", "]": "[", "}": "{"}
QUOTES = "\"'`"


@frozen
class Site:
    """Where a completion would stand."""

    snapshot: Snapshot
    line_tail: str
    max_lines: int

    @property
    def suffix(self) -> str:
        return self.snapshot.suffix


Filter = Callable[[str, Site], str]


@frozen
class Filtered:
    """`reason` names the filter that left nothing."""

    text: str
    reason: str = ""


def line_cap(text: str, site: Site) -> str:
    """At most `max_lines`; one where code follows on the cursor's line, which would be torn off."""
    lines = text.split("\n")
    most = 1 if site.line_tail.strip() else site.max_lines
    return "\n".join(lines[:most])


def trailing_space(text: str, site: Site) -> str:
    """No white space at the end, unless code follows on the line."""
    return text if site.line_tail.strip() else text.rstrip()


def whitespace_only(text: str, _: Site) -> str:
    return text if text.strip() else ""


def overlap_with_suffix(text: str, site: Site) -> str:
    """Without an end that the document already goes on with: `foo(a|)` must not get a `)`."""
    tail = site.line_tail.rstrip()
    for size in range(min(len(text), len(tail)), 0, -1):
        if text.endswith(tail[:size]) and _may_drop(text, tail[:size]):
            return text[: len(text) - size]
    return text


def _may_drop(text: str, overlap: str) -> bool:
    """A closer that closes what `text` itself opened belongs to `text`."""
    closers = [c for c in overlap if c in PAIRS or c in QUOTES]
    kept = text[: len(text) - len(overlap)]
    return not any(_is_open(kept, closer) for closer in closers)


def _is_open(text: str, closer: str) -> bool:
    if closer in QUOTES:
        return text.count(closer) % 2 == 1
    return text.count(PAIRS[closer]) > text.count(closer)


def repeated_lines(text: str, site: Site) -> str:
    """Without lines at the end that the document already has next."""
    if site.line_tail.strip():
        return text
    following = [line.strip() for line in _next_lines(site.suffix)]
    lines = text.split("\n")
    for size in range(min(len(lines), len(following)), 0, -1):
        if [line.strip() for line in lines[-size:]] == following[:size]:
            return "\n".join(lines[:-size])
    return text


def _next_lines(suffix: str, most: int = 8) -> list[str]:
    """The lines after the cursor's that have code on them."""
    text = suffix[:4000].replace("\r\n", "\n").replace("\r", "\n")
    return [line for line in text.split("\n")[1:] if line.strip()][:most]


def new_syntax_errors(text: str, site: Site) -> str:
    """Cut back, line by line, to what adds no syntax error that was not there."""
    if site.snapshot.tree is None:
        return text
    before = error_count(site.snapshot.tree)
    lines = text.split("\n")
    for count in range(len(lines), 0, -1):
        shorter = "\n".join(lines[:count]).rstrip()
        if shorter and _errors_with(shorter, site) <= before:
            return text if count == len(lines) else shorter
    return ""


def _errors_with(text: str, site: Site) -> int:
    offset = site.snapshot.offset
    tree = site.snapshot.replaced(offset, offset, text).tree
    return error_count(tree) if tree is not None else 0


FILTERS: tuple[Filter, ...] = (
    line_cap,
    whitespace_only,
    overlap_with_suffix,
    repeated_lines,
    trailing_space,
    whitespace_only,
    new_syntax_errors,
)


def apply(text: str, site: Site) -> Filtered:
    """Run the chain over `text`, which has LF line ends."""
    if not text:
        return Filtered("", "the model proposes nothing")
    for step in FILTERS:
        text = step(text, site)
        if not text:
            return Filtered("", step.__name__.replace("_", " "))
    return Filtered(text)
