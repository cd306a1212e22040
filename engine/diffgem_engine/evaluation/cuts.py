"""Holes of every kind, cut out of source files at random places, always the same ones.

Every line of code is as likely as any other.  A line's rest is what follows a place on it drawn
evenly, of which at least three characters are left; bodies, arguments, strings and comments are
those that the syntax tree has there.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice

from attrs import frozen
from tree_sitter import Node

from diffgem_engine.evaluation.trees import SourceFile
from diffgem_lsp.snapshots import Snapshot

LEAST_REST = 3  # characters of a rest of a line
MOST_CHARACTERS = 300  # of a hole
MOST_TRIES = 60  # places a hole; a kind may not be there at all
MOST_LINES = 8  # of a body
FIRST_LINE = 3  # of a file: what stands before it says too little
BODIES = frozenset(("block", "statement_block", "compound_statement", "body_statement"))
ARGUMENTS = frozenset(("argument_list", "arguments"))
CODE = re.compile(r"\w")
COMMENT_MARKS = ("#", "//", "/*", "*", "--")

Range = tuple[int, int]


@frozen
class Hole:
    """`text[start:end]` of a file is what is to be filled in."""

    kind: str
    file: SourceFile
    start: int
    end: int

    @property
    def expected(self) -> str:
        return self.file.text[self.start : self.end]

    @property
    def prefix(self) -> str:
        return self.file.text[: self.start]

    @property
    def suffix(self) -> str:
        return self.file.text[self.end :]

    def snapshot(self) -> Snapshot:
        """The document with the cursor in the empty hole."""
        return Snapshot.of(self.prefix + self.suffix, self.start, self.file.language_id)


@frozen
class Place:
    """A line of code of a file: where its code starts, a place drawn on it, and where it ends."""

    start: int
    at: int
    end: int


def cut_holes(files: Sequence[SourceFile], limit: int, seed: int = 0) -> list[Hole]:
    """At most `limit` holes, as many of each kind as of any other where there are so many."""
    chance = random.Random(seed)
    places = [(file, line) for file in files for line in code_lines(file.text)]
    chance.shuffle(places)
    missing = dict.fromkeys(KINDS, -(-limit // len(KINDS)))
    holes: dict[Hole, None] = {}
    for file, (start, end) in islice(cycle(places), MOST_TRIES * limit):
        kinds = [kind for kind, count in missing.items() if count > 0]
        if not kinds:
            break
        kind = chance.choice(kinds)
        found = KINDS[kind](file, Place(start, chance.randrange(start, end), end), chance)
        if found is None or not _is_fit(file.text, found):
            continue
        hole = Hole(kind, file, *found)
        if hole not in holes:
            holes[hole] = None
            missing[kind] -= 1
    return [*holes][:limit]


def code_lines(text: str) -> Iterator[Range]:
    """Where the code of each line with code or words on it starts and ends."""
    at = 0
    for number, line in enumerate(text.split("\n")):
        code = line.strip()
        if number >= FIRST_LINE and len(code) > LEAST_REST and CODE.search(code):
            first = at + len(line) - len(line.lstrip())
            yield first, first + len(code)
        at += len(line) + 1


def _is_fit(text: str, hole: Range) -> bool:
    start, end = hole
    return len(text[start:end].strip()) > 0 and end - start <= MOST_CHARACTERS


def _whole_line(file: SourceFile, place: Place, _: random.Random) -> Range | None:
    return None if _is_comment(file, place) else (place.start, place.end)


def _rest_of_line(file: SourceFile, place: Place, chance: random.Random) -> Range | None:
    if _is_comment(file, place):
        return None
    return chance.randint(place.start + 1, place.end - LEAST_REST), place.end


def _is_comment(file: SourceFile, place: Place) -> bool:
    return file.text.startswith(COMMENT_MARKS, place.start)


def _body(file: SourceFile, place: Place, _: random.Random) -> Range | None:
    """All statements of the innermost body around the place, their first indent left standing."""
    node = _around(file, place.at, lambda node: node.type in BODIES)
    if node is None:
        return None
    start, end = node
    if file.text[start : start + 1] == "{":
        start, end = start + 1, end - 1
    body = file.text[start:end]
    start += len(body) - len(body.lstrip())
    end = start + len(body.strip())
    alone = not file.text[file.text.rfind("\n", 0, start) + 1 : start].strip()
    return (start, end) if alone and body.strip().count("\n") < MOST_LINES else None


def _arguments(file: SourceFile, place: Place, _: random.Random) -> Range | None:
    node = _around(file, place.at, lambda node: node.type in ARGUMENTS)
    if node is None or "\n" in file.text[node[0] : node[1]]:
        return None
    return node[0] + 1, node[1] - 1


def _string(file: SourceFile, place: Place, _: random.Random) -> Range | None:
    """What stands between the quotes of a string of one line."""
    node = _around(file, place.at, lambda node: node.type in ("string_content", "string_fragment"))
    if node is None or "\n" in file.text[node[0] : node[1]]:
        return None
    start, end = node
    quotes = file.text[start - 1 : start], file.text[end : end + 1]
    return node if quotes[0] == quotes[1] and quotes[0] in ("'", '"') else None


def _comment(file: SourceFile, place: Place, _: random.Random) -> Range | None:
    """What follows the mark of a comment to the end of its line."""
    line = file.text[place.start : place.end]
    found = re.match(r"(#|//)\s*", line)
    return (place.start + found.end(), place.end) if found and line[found.end() :] else None


def _around(file: SourceFile, at: int, wanted: Callable[[Node], bool]) -> Range | None:
    """The innermost node around the character at `at` that is wanted."""
    tree = Snapshot.of(file.text, at, file.language_id).tree
    if tree is None:
        return None
    for node in reversed(tree.path(at + 1)):
        if wanted(node):
            return tree.offset(node.start_byte), tree.offset(node.end_byte)
    return None


KINDS: dict[str, Callable[[SourceFile, Place, random.Random], Range | None]] = {
    "line": _whole_line,
    "rest": _rest_of_line,
    "body": _body,
    "arguments": _arguments,
    "string": _string,
    "comment": _comment,
}
