r"""A text and where its lines start, in code points.

Lines end where LSP says, at \n, \r\n and \r, and nowhere else.
"""

import re
from collections.abc import Iterator
from itertools import accumulate, islice

from attrs import frozen

from diffgem_lsp.text.starts import LineStarts

# Looked for as far as the last line ending: in a line without one it would take quadratic time.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)")


@frozen(eq=False)
class Lines:
    """Immutable; an edit gives another one, and costs no split of the whole text."""

    text: str
    starts: LineStarts  # the first is 0
    lone_cr: bool  # a \r without \n may be in the text

    @classmethod
    def of(cls, text: str) -> "Lines":
        starts = LineStarts.of([0, *_ends_between(text, 0, len(text))])
        return cls(text, starts, _has_lone_cr(text, 0, len(text)))

    def replaced(self, start: int, end: int, new: str) -> "Lines":
        """With `text[start:end]` replaced by `new`."""
        text = "".join((self.text[:start], new, self.text[end:]))
        new_end = start + len(new)
        ends = _ends_between(text, start, new_end)
        # Whether a line starts at p depends on the characters on both sides of p only.
        first = max(1, self.starts.below(start))
        rest = max(1, self.starts.up_to(end))
        starts = self.starts.replaced(first, rest, ends, shift=new_end - end)
        return Lines(text, starts, self.lone_cr or _has_lone_cr(text, start, new_end))

    @property
    def count(self) -> int:
        """At least 1; a text that ends in a line ending has an empty last line."""
        return len(self.starts)

    def line_of(self, offset: int) -> int:
        return self.starts.up_to(offset) - 1

    def line_and_column(self, offset: int) -> tuple[int, int]:
        line = self.line_of(offset)
        return line, offset - self.starts[line]

    def start(self, line: int) -> int:
        return self.starts[line]

    def end(self, line: int) -> int:
        """Where the text of `line` ends, before its line ending."""
        if line + 1 == len(self.starts):
            return len(self.text)
        after = self.starts[line + 1]
        crlf = self.text[after - 2 : after] == "\r\n"
        return after - 2 if crlf else after - 1

    def line_text(self, line: int) -> str:
        """Without the line ending."""
        return self.text[self.start(line) : self.end(line)]

    def newlines_before(self, offset: int) -> int:
        r"""How many \n stand before `offset`: tree-sitter's row."""
        return self.text.count("\n", 0, offset) if self.lone_cr else self.line_of(offset)


def indent_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def indent_width(line: str) -> int:
    """In columns, a tab stop every eight."""
    expanded = line.expandtabs()
    return len(expanded) - len(expanded.lstrip())


def _ends_between(text: str, start: int, end: int) -> Iterator[int]:
    """Where a line ends, and another starts, within `start..end`, both included."""
    before = max(0, start - 1)
    last = max(text.rfind(sign, before, end + 1) for sign in "\r\n") + 1
    # A match object for each line would take longer than all the rest.
    lengths = map(len, _LINE.findall(text, before, last))
    ends = accumulate(lengths, initial=before)
    return (at for at in islice(ends, 1, None) if start <= at <= end)


def _has_lone_cr(text: str, start: int, end: int) -> bool:
    r"""Whether one of these line endings is a \r without \n."""
    before = max(0, start - 1)
    return text.count("\r", before, end) > text.count("\r\n", before, end + 1)
