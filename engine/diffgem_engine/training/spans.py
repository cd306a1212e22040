"""Where to cut holes into a text.  All in code points, before any tokenizing.

The mix is the training recipe of DiffGem's design: 40% rest of a line, 25% a whole line, 20% two
to five lines, 15% a random run of characters.
"""

import numpy as np
from attrs import frozen

KINDS = ("rest", "line", "lines", "run")
WEIGHTS = (0.40, 0.25, 0.20, 0.15)
LONGEST_RUN = 60  # characters of a random run


@frozen
class Span:
    """The middle is `text[start:end]`; `kind` is one of KINDS."""

    kind: str
    start: int
    end: int


def _line_bounds(text: str, at: int) -> tuple[int, int]:
    """Start and end (before the line break) of the line that holds `at`."""
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, len(text) if end < 0 else end


def _indent_end(text: str, start: int, end: int) -> int:
    return start + len(text[start:end]) - len(text[start:end].lstrip(" \t"))


def _lines_end(text: str, end: int, lines: int) -> int:
    for _ in range(lines):
        following = text.find("\n", end + 1)
        if following < 0:
            return end
        end = following
    while text[end - 1 : end] == "\n":  # a hole does not end in blank lines
        end -= 1
    return end


def draw_span(text: str, at: int, rng: np.random.Generator) -> Span:
    """A span near `at`, of a kind drawn from the mix; it may be empty."""
    weights = np.array(WEIGHTS)
    return span_of(str(rng.choice(KINDS, p=weights / weights.sum())), text, at, rng)


def span_of(kind: str, text: str, at: int, rng: np.random.Generator) -> Span:
    """A span near `at` of one of KINDS."""
    start, end = _line_bounds(text, at)
    first = _indent_end(text, start, end)
    if kind == "run":
        return Span(kind, at, min(len(text), at + int(rng.integers(1, LONGEST_RUN))))
    if kind == "rest":
        return Span(kind, max(at, first) if rng.random() < 0.97 else end, end)
    if kind == "lines":
        return Span(kind, first, max(first, _lines_end(text, end, int(rng.integers(1, 5)))))
    return Span(kind, first, end)
