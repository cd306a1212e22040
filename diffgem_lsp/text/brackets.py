"""Brackets of a piece of code, by its text alone; those in its strings do not count."""

import re
from collections.abc import Iterator
from functools import cache
from types import MappingProxyType

PAIRS = MappingProxyType({")": "(", "]": "[", "}": "{"})
QUOTES = "\"'`"
_STRINGS = MappingProxyType({quote: rf"{quote}(?:\\.|[^{quote}\\\n])*+{quote}" for quote in QUOTES})


def left_open(text: str) -> str:
    """The brackets that `text` opens and does not close, the innermost last."""
    opened: list[str] = []
    for _, bracket in _brackets(text):
        if bracket not in PAIRS:
            opened.append(bracket)
        elif opened and opened[-1] == PAIRS[bracket]:
            opened.pop()
    return "".join(opened)


def unmatched_closer(text: str) -> int | None:
    """Where the first closing bracket stands that `text` did not open."""
    opened: list[str] = []
    for at, bracket in _brackets(text):
        if bracket not in PAIRS:
            opened.append(bracket)
        elif opened and opened[-1] == PAIRS[bracket]:
            opened.pop()
        else:
            return at
    return None


def end_of_string(text: str, quote: str) -> int | None:
    """Where `quote` ends a string that is open at the start of `text`."""
    ending = re.compile(rf"(?:\\.|[^\\{quote}])*", re.DOTALL).match(text)
    at = ending.end() if ending is not None else len(text)
    return at if text[at : at + 1] == quote else None


def _brackets(text: str) -> Iterator[tuple[int, str]]:
    r"""A quote without a partner on its line, such as an apostrophe, is skipped alone.

    Then no other of its kind on that line has a partner either, as in \'\'\': none is tried again.
    """
    quotes, at = QUOTES, 0
    while found := _token(quotes).search(text, at):
        sign, at = found[0], found.end()
        if sign == "\n":
            quotes = QUOTES
        elif sign in QUOTES:
            quotes = quotes.replace(sign, "")
        elif len(sign) == 1:
            yield found.start(), sign


@cache
def _token(quotes: str) -> re.Pattern[str]:
    """A string in one of `quotes`, one of them alone, a bracket, or the end of a line."""
    strings = [_STRINGS[quote] for quote in quotes]
    return re.compile("|".join((*strings, rf"[\[\](){{}}\n{quotes}]")))
