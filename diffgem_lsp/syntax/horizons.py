"""How far beyond the cursor a text is parsed, and how far before it.

A key at the end of a block moves dedents, and an open quote turns all that follows inside out:
tree-sitter then reads thousands of lines anew, of which nobody asks anything.  And each parse looks
at every definition of the top level before the cursor, however many there are.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from types import MappingProxyType

from attrs import frozen

from diffgem_lsp.syntax.grammars import grammar_of
from diffgem_lsp.text.lines import Lines

_NEAR = 15  # lines after the cursor that are always parsed
_REST = 100  # where no more than these are left, all are
_TRIES = 8  # of places that a text could be cut at
_UNCUT = frozenset({"html", "json"})  # one element around all of the text
NEAREST, FARTHEST = 40_000, 120_000  # characters before the cursor's line: where a parse may begin
_STRETCH = 20_000  # of text in which such a place is looked for


@frozen
class _Rule:
    """Where a text may be cut: at a `place` after, or before, which as much is opened as closed."""

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
# A parse may begin where a definition does; in a comment or a string there is rarely one.
_PYTHON_START = _Rule(re.compile(r"\n(?=@\w|(?:async def|def|class) \w)"), quotes=('"""', "'''"))
_BRACES_START = _Rule(
    re.compile(r"\n(?=[A-Za-z_@])"),
    pairs=(("{", "}"), ("\n#if", "\n#endif"), ("/*", "*/")),
    quotes=("`",),
)
_STARTS: Mapping[str, _Rule] = MappingProxyType(
    {
        "python": _PYTHON_START,
        **dict.fromkeys(
            ("c", "cpp", "go", "java", "javascript", "rust", "tsx", "typescript"), _BRACES_START
        ),
    }
)


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


def floor(lines: Lines, line: int, language_id: str) -> int:
    """Where the text that matters on `line` begins: the start of a line, or of the text.

    Only what stands before `line` counts, and of most files all of that is near enough.
    """
    at = lines.start(line)
    rule = _STARTS.get(grammar_of(language_id) or "")
    if rule is None or at <= FARTHEST:
        return 0
    latest = at - NEAREST
    found = islice(rule.place.finditer(lines.text, latest - _STRETCH, latest), _TRIES)
    return next(_whole(lines.text, [place.end() for place in found], rule), 0)


def lasts(floor: int, at: int) -> bool:
    """Whether a parse that begins at `floor` will do for a line that starts at `at`."""
    least = NEAREST // 2 if floor else 0
    return least <= at - floor <= FARTHEST


def _whole(text: str, places: list[int], rule: _Rule) -> Iterator[int]:
    """Those before which as much is opened as closed."""
    before, counted = rule.balance(text, 0, 0), 0
    for place in places:
        more = rule.balance(text, counted, place - 1)
        before, counted = [a + b for a, b in zip(before, more, strict=True)], place - 1
        if rule.is_whole(before):
            yield place
