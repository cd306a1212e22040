"""A page of docs/walkthroughs as the steps that a reader takes, in order.

A fenced block of `sh` is typed into the terminal; `sh fails` has one command, which must fail. A
block of `text` behind it is what comes. `<!-- in the editor: NAME -->`, or `in another terminal`,
begins what is done by hand: the words and the blocks of other kinds up to the next of these.
"""

import re
from pathlib import Path

from attrs import define, field, frozen

PAGES = Path(__file__).parents[2] / "docs" / "walkthroughs"
INDEX = PAGES / "README.md"
FENCE = re.compile(r"(?P<indent> *)```(?P<kind>[^`]*)$")
BY_HAND = re.compile(r" *<!-- in (?:the editor|another terminal): (?P<name>[\w-]+) -->$")


class PageError(Exception):
    """A page with something on it that nobody would do, or check."""


@frozen
class Block:
    """`line` counts from 1 and is the first inside the fence."""

    line: int
    kind: str
    text: str


@define
class Typed:
    """A block of commands; `expected` is None where the page does not say what comes."""

    line: int
    text: str
    fails: bool = False
    expected: str | None = None


@define
class ByHand:
    """What is done in an editor, for the function of that name."""

    line: int
    name: str
    words: str = ""
    blocks: list[Block] = field(factory=list)


Step = Typed | ByHand


def pages():
    return sorted(path for path in PAGES.glob("*.md") if path != INDEX)


def steps_of(text):
    """Raises PageError."""
    steps = []
    for part in _parts(text):
        match part:
            case Block(line=line, kind="sh" | "sh fails" as kind, text=body):
                steps.append(Typed(line, body, fails=kind == "sh fails"))
            case Block(line=line, kind="text", text=body) if _awaits(steps):
                steps[-1].expected = body
            case Block() if steps and isinstance(steps[-1], ByHand):
                steps[-1].blocks.append(part)
            case Block(line=line, kind=kind):
                raise PageError(f"line {line}: a block of {kind or 'no kind'} that nobody uses")
            case ByHand():
                steps.append(part)
            case str() if steps and isinstance(steps[-1], ByHand):
                steps[-1].words += part
    return steps


def _awaits(steps):
    return bool(steps) and isinstance(steps[-1], Typed) and steps[-1].expected is None


def _parts(text):
    """Blocks, marks of what is done by hand, and lines of prose."""
    lines = enumerate(text.splitlines(), 1)
    for number, line in lines:
        if found := BY_HAND.match(line):
            yield ByHand(number, found["name"])
        elif found := FENCE.match(line):
            yield _block(number, found, lines)
        else:
            yield line + "\n"


def _block(number, fence, lines):
    indent, body = fence["indent"], []
    for _, line in lines:
        if line == f"{indent}```":
            return Block(number + 1, fence["kind"].strip(), "".join(body))
        body.append(line.removeprefix(indent) + "\n")
    raise PageError(f"line {number}: a block without an end")
