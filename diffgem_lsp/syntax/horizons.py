"""How far beyond the cursor a text is parsed.

A key at the end of a block moves dedents, and an open quote turns all that follows inside out:
tree-sitter then reads thousands of lines anew, of which nobody asks anything.
"""

import re
from itertools import islice

from attrs import frozen

from diffgem_lsp.syntax.grammars import grammar_of
from diffgem_lsp.text.lines import Lines

_NEAR = 15  # lines after the cursor that are always parsed
_REST = 100  # where no more than these are left, all are
_TRIES = 8  # of places that a text could be cut at
_UNCUT = frozenset({"html", "json"})  # one element around all of the text


@frozen
class _Rule:
    """Where a text may be cut: at a `place` after which as much is opened as closed."""

    place: re.Pattern[str]
    pairs: tuple[tuple[str, str], ...] = ()
    quotes: tuple[str, ...] = ()

    def balance(self, text: str, start: int, end: int) -> list[int]:
        """What `start..end` opens more than it closes; for a quote how often it is there."""
        return [
            *(text.count(a, start, end) - text.count(b, start, end) for a, b in self.pairs),
            *(text.count(quote, start, end) for quote in self.quotes),
        ]

    def is_whole(self, balance: list[int]) -> bool:
        pairs = len(self.pairs)
        return not any(balance[:pairs]) and not any(count % 2 for count in balance[pairs:])


# A block may end before any of its statements but the first.
_PYTHON = _Rule(
    re.compile(
        r"\n(?=(?!(?:else|elif|except|finally)\b)[A-Za-z_@])"
        r"|\n[ \t]*\r?\n(?=[ \t]*(?:@|def |class ))"
    ),
    quotes=('"""', "'''"),
)
# Nothing is indented in some namespaces, and nothing in a header's #ifndef.
_BRACES = _Rule(re.compile(r"\n(?=[^\s)\]}{])"), pairs=(("{", "}"), ("\n#if", "\n#endif")))


def horizon(lines: Lines, line: int, language_id: str) -> int:
    """Where the text that matters on `line` ends: the start of a line, or the end of the text.

    Only what follows `line` counts, so that text put in before moves the horizon along with it,
    and the errors with and without that text can be compared.
    """
    grammar = grammar_of(language_id)
    if lines.count - line <= _REST or grammar in _UNCUT:
        return len(lines.text)
    rule = _PYTHON if grammar == "python" else _BRACES
    return _cut(lines.text, lines.start(line + _NEAR) - 1, rule)


def _cut(text: str, start: int, rule: _Rule) -> int:
    """The first place from `start` where the text may be cut, or its end."""
    places = [found.end() for found in islice(rule.place.finditer(text, start), _TRIES)]
    # A place is the start of a line, the line end before it is counted with what follows.
    last = places[-1] - 1 if places else 0
    rest = rule.balance(text, last, len(text))
    for place in places:
        between = rule.balance(text, place - 1, last)
        if rule.is_whole([a + b for a, b in zip(between, rest, strict=True)]):
            return place
    return len(text)
