"""Whole-line cases out of held-out documents."""

import random
from collections.abc import Sequence

from attrs import frozen

from diffgem_engine.training.corpus.documents import Document

PREFIX, SUFFIX = 2400, 1200  # characters of context


class NoCases(Exception):
    """There is nothing to evaluate on; the message says what to do."""


@frozen
class LineCase:
    """`expected` stood between `prefix`, which ends in its indent, and `suffix`."""

    prefix: str
    suffix: str
    expected: str


def line_cases(documents: Sequence[Document], count: int, seed: int = 0) -> list[LineCase]:
    """`count` cases at most: lines with code on them, at least ten lines into their file."""
    draw = random.Random(seed)
    places = [
        (document.text, offset)
        for document in documents
        for number, offset in enumerate(_line_starts(document.text))
        if number >= 10
    ]
    draw.shuffle(places)
    cases = []
    for text, start in places:
        case = _case(text, start)
        if case is not None:
            cases.append(case)
        if len(cases) == count:
            break
    return cases


def _line_starts(text: str) -> list[int]:
    return [0, *(i + 1 for i, character in enumerate(text) if character == "\n")]


def _case(text: str, start: int) -> LineCase | None:
    end = text.find("\n", start)
    line = text[start : len(text) if end < 0 else end]
    code = line.strip()
    if len(code) < 3 or len(code) > 100 or code.startswith("#"):
        return None
    first = start + len(line) - len(line.lstrip())
    finish = start + len(line)
    begin = text.find("\n", max(0, first - PREFIX)) + 1 if first > PREFIX else 0
    return LineCase(text[begin:first], text[finish : finish + SUFFIX], code)
