"""Brackets of a piece of code, by its text alone; those in its strings do not count."""

import re
from collections.abc import Iterator
from types import MappingProxyType

PAIRS = MappingProxyType({")": "(", "]": "[", "}": "{"})
QUOTES = "\"'`"
# A quote without a partner on its line, such as an apostrophe, is skipped alone.
_STRING_OR_BRACKET = re.compile(
    r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\\n])*`|[\[\](){}]"
)


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
    for found in _STRING_OR_BRACKET.finditer(text):
        if len(found[0]) == 1:
            yield found.start(), found[0]
