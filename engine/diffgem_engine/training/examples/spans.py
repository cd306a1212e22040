"""Where to cut holes into a text.  All in code points, before any tokenizing.

The mix follows what the language server asks for: mostly the rest of a line or a whole line, then
what stands between brackets or quotes, the body of a block, several lines, and a random run of
characters for all that has no name.
"""

import re

import numpy as np
from attrs import frozen

KINDS = ("rest", "line", "inside", "body", "lines", "run")
WEIGHTS = (0.32, 0.22, 0.16, 0.11, 0.10, 0.09)
LONGEST_RUN = 60  # characters of a random run
LONGEST_BODY = 8  # lines
# What stands between brackets or quotes on one line, with nothing of the like in it.
INSIDE = re.compile(r"\(([^()\n]*)\)|\[([^\[\]\n]*)\]|\{([^{}\n]*)\}|\"([^\"\n]*)\"|'([^'\n]*)'")


@frozen
class Span:
    """The middle is `text[start:end]`; `kind` is one of KINDS."""

    kind: str
    start: int
    end: int


def draw_span(text: str, at: int, rng: np.random.Generator) -> Span:
    """A span near `at`, of a kind drawn from the mix; it may be empty."""
    weights = np.array(WEIGHTS)
    return span_of(str(rng.choice(KINDS, p=weights / weights.sum())), text, at, rng)


def span_of(kind: str, text: str, at: int, rng: np.random.Generator) -> Span:
    """A span near `at` of one of KINDS; where there is none of it, the rest of a line."""
    start, end = _line_bounds(text, at)
    first = _indent_end(text, start, end)
    if kind == "run":
        return Span(kind, at, min(len(text), at + int(rng.integers(1, LONGEST_RUN))))
    if kind == "inside" and (found := _inside(text, start, end, at, rng)) is not None:
        return found
    if kind in ("rest", "inside"):
        return Span("rest", max(at, first) if rng.random() < 0.97 else end, end)
    if kind == "lines":
        return Span(kind, first, max(first, _lines_end(text, end, int(rng.integers(1, 5)))))
    if kind == "body":
        return Span(kind, first, max(first, _body_end(text, end, first - start)))
    return Span(kind, first, end)


def _line_bounds(text: str, at: int) -> tuple[int, int]:
    """Start and end (before the line break) of the line that holds `at`."""
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, len(text) if end < 0 else end


def _indent_end(text: str, start: int, end: int) -> int:
    return start + len(text[start:end]) - len(text[start:end].lstrip(" \t"))


def _inside(text: str, start: int, end: int, at: int, rng: np.random.Generator) -> Span | None:
    """Of the brackets and quotes on the line those nearest to `at`; from their start or later."""
    groups = [found.span(found.lastindex or 0) for found in INSIDE.finditer(text, start, end)]
    if not groups:
        return None
    first, last = min(groups, key=lambda group: max(group[0] - at, at - group[1], 0))
    begin = first if rng.random() < 0.6 else int(rng.integers(first, last + 1))
    return Span("inside", begin, last)


def _lines_end(text: str, end: int, lines: int) -> int:
    for _ in range(lines):
        following = text.find("\n", end + 1)
        if following < 0:
            return end
        end = following
    while text[end - 1 : end] == "\n":  # a hole does not end in blank lines
        end -= 1
    return end


def _body_end(text: str, end: int, indent: int) -> int:
    """The end of the last of the lines that are as deep as `indent`, or deeper, from `end` on."""
    last, lines = end, 1
    while lines < LONGEST_BODY:
        following = text.find("\n", end + 1)
        following = len(text) if following < 0 else following
        line = text[end + 1 : following]
        if end >= len(text) or (line.strip() and len(line) - len(line.lstrip(" \t")) < indent):
            break
        end, lines = following, lines + 1
        last = end if line.strip() else last
    return last
