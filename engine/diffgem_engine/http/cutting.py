"""Where a text ends before its end: at a stop sequence, or at a line with too little indent."""

from collections.abc import Sequence

from attrs import frozen


@frozen
class Cut:
    """`by` is the stop sequence, or empty."""

    text: str
    by: str = ""
    ended: bool = False  # there was more of it


def cut(text: str, stop: Sequence[str] = (), least_indent: int = 0) -> Cut:
    kept = _at_stop(text, stop)
    shorter = _at_indent(kept.text, least_indent)
    return kept if shorter == kept.text else Cut(shorter, "", True)


def certain(text: str, stop: Sequence[str] = (), least_indent: int = 0) -> str:
    """What the cut of any text that begins with `text` begins with."""
    begun = max((_begun(text, each) for each in stop), default=0)
    found = cut(text, stop, least_indent)
    sure = found.text
    if least_indent and not found.ended:  # a line's indent is known once something follows it
        sure = text[: text.rfind("\n") + 1].rstrip()
    return sure[: len(text) - begun]


def _at_stop(text: str, stop: Sequence[str]) -> Cut:
    """At the first of them; the longer one of two that begin there."""
    found = [(place, -len(each), each) for each in stop if (place := text.find(each)) >= 0]
    if not found:
        return Cut(text)
    place, _, by = min(found)
    return Cut(text[:place], by, True)


def _at_indent(text: str, least: int) -> str:
    """Blank lines before such a line are not kept either; others are."""
    if not least:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines[1:], start=1):
        if line.strip() and len(line) - len(line.lstrip()) < least:
            return "\n".join(lines[:number]).rstrip()
    return text


def _begun(text: str, stop: str) -> int:
    """How much of `stop` the text ends with."""
    lengths = range(min(len(stop) - 1, len(text)), 0, -1)
    return next((length for length in lengths if text.endswith(stop[:length])), 0)
