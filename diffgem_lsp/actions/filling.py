"""Where code is missing: placeholders, comments that say so, empty bodies."""

import re

from diffgem_lsp.actions.functions import Function, function_at
from diffgem_lsp.actions.kinds import Opening, Shape
from diffgem_lsp.actions.layout import (
    code_of_line,
    indent_at,
    is_alone,
    on_code,
    unit_near,
)
from diffgem_lsp.actions.placeholders import placeholder_at
from diffgem_lsp.holes.blocks import in_empty_block
from diffgem_lsp.holes.nodes import broken
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.trees import SyntaxTree
from diffgem_lsp.text.lines import indent_of

MOST_LINES = 400  # of a selection, that are searched
MOST_HOLES = 16  # of a selection
_COMMENT = re.compile(r"#|//|/\*|--|<!--")
_MARKER = re.compile(r"(?:#|//|/\*|\*|--|<!--).*\b(?:TODO|FIXME)\b")
# What any placeholder or marked comment has.
_HINT = re.compile(r"\bpass\b|\.\.\.|to ?do|fixme|implement|Unsupported|^\s*:\s*$", re.IGNORECASE)
_OPENS = re.compile(r".*[:{(\[]")


def opening_at(snapshot: Snapshot, offset: int) -> Opening | None:
    """What is missing at the cursor: the innermost thing there that stands for code."""
    at = on_code(snapshot, offset)
    marker = _marker(snapshot, at)
    if marker is not None:
        return marker
    tree, function = snapshot.tree, function_at(snapshot, at)
    if tree is not None and function is not None and function.is_empty(tree):
        return body_of(snapshot, tree, function)
    return _blank_block(snapshot, offset)


def openings_in(snapshot: Snapshot, start: int, end: int) -> tuple[Opening, ...]:
    """Of the placeholders and marked comments on the lines of a selection; none overlap."""
    snapshot = snapshot.at(end)  # one tree for all of it
    first, last = snapshot.lines.line_of(start), snapshot.lines.line_of(end)
    found: list[Opening] = []
    for line in range(first, min(last + 1, first + MOST_LINES)):
        if len(found) == MOST_HOLES:
            break
        if _HINT.search(snapshot.lines.line_text(line)) is None:
            continue  # the tree is not asked about each line
        opening = _marker(snapshot, on_code(snapshot, snapshot.lines.start(line)))
        if opening is not None and (not found or found[-1].end <= opening.start != found[-1].start):
            found.append(opening)
    return tuple(found)


def body_of(snapshot: Snapshot, tree: SyntaxTree, function: Function) -> Opening:
    """Everything behind the comments and the docstring of an empty body."""
    start, end = function.body
    stop = tree.span(function.done[0])[0] if function.done else end
    kept = snapshot.text[start:stop].rstrip()
    lead = "\n" + _inner(snapshot, function, kept)
    trail = "\n" + indent_at(snapshot, function.start) if function.closed else ""
    return Opening(start + len(kept), end, Shape.CODE, lead, trail)


def rest_of(snapshot: Snapshot, function: Function) -> Opening | None:
    """Behind the last statement of a body that may go on."""
    start, end = function.body
    code = snapshot.text[start:end].rstrip()
    tree = snapshot.tree
    if not function.statements or function.leaves or tree is None or "\n" not in code:
        return None
    stop = start + len(code)
    # a statement that is not done goes on where it stands
    lead = "" if broken(tree, stop) else "\n" + _last_indent(snapshot, function)
    return Opening(stop, stop, Shape.CODE, lead)


def _marker(snapshot: Snapshot, at: int) -> Opening | None:
    """At the place, or at one of the ends of its line."""
    start, end = code_of_line(snapshot, snapshot.lines.line_of(at))
    for place in dict.fromkeys((at, start, max(start, end - 1))):
        found = placeholder_at(snapshot, place)
        if found is not None:
            return _placeholder(snapshot, *found)
    return _comment(snapshot, at)


def _placeholder(snapshot: Snapshot, start: int, end: int) -> Opening:
    if is_alone(snapshot, start, end):
        return Opening(start, end, Shape.CODE)
    tree, function = snapshot.tree, function_at(snapshot, start)
    if tree is not None and function is not None and function.is_empty(tree):
        return body_of(snapshot, tree, function)
    return Opening(start, end, Shape.LINE)


def _comment(snapshot: Snapshot, at: int) -> Opening | None:
    """The line behind a comment that says what is to do; or the placeholder that stands there.

    The comment stays: it says to the model, and to who reads the edit, what was asked for.
    """
    lines = snapshot.lines
    line = lines.line_of(at)
    text = lines.line_text(line)
    if _MARKER.search(text) is None or not _is_comment(snapshot, at, text):
        return None
    while line + 1 < lines.count and _goes_on(text, lines.line_text(line + 1)):
        line += 1
    if line + 1 < lines.count:
        found = placeholder_at(snapshot, code_of_line(snapshot, line + 1)[0])
        if found is not None and is_alone(snapshot, *found):
            return Opening(*found, Shape.CODE)
    end = code_of_line(snapshot, line)[1]
    head = _COMMENT.split(text, maxsplit=1)[0]
    deeper = unit_near(snapshot, end) if _OPENS.fullmatch(head.rstrip()) else ""
    return Opening(end, end, Shape.CODE, "\n" + indent_of(text) + deeper)


def _is_comment(snapshot: Snapshot, at: int, line: str) -> bool:
    """Not a string that has these words."""
    tree = snapshot.tree
    if tree is None:
        return True
    start = snapshot.lines.start(snapshot.lines.line_of(at))
    found = _MARKER.search(line)
    place = start + found.end() if found is not None else at
    return any("comment" in node.type for node in tree.path(place))


def _goes_on(first: str, line: str) -> bool:
    """Whether the comment of `first`, which has its line for itself, is continued on `line`."""
    code, mark = line.strip(), _COMMENT.match(first.strip())
    if mark is None or mark[0] == "/*" or _MARKER.search(line) is not None:
        return False
    return code.startswith(mark[0]) and indent_of(line) == indent_of(first)


def _blank_block(snapshot: Snapshot, offset: int) -> Opening | None:
    """A blank line that stands for the body of what the line before it opens."""
    lines = snapshot.lines
    line = lines.line_of(offset)
    if lines.line_text(line).strip() or not in_empty_block(snapshot.at(offset)):
        return None
    indent = indent_of(lines.line_text(line - 1)) + unit_near(snapshot, offset)
    return Opening(lines.start(line), lines.end(line), Shape.CODE, indent)


def _inner(snapshot: Snapshot, function: Function, kept: str) -> str:
    """The indent of an empty body: that of what is kept of it, or a step more than the header's."""
    *_, last = kept.split("\n")
    if "\n" in kept:
        return indent_of(last)
    return indent_at(snapshot, function.start) + unit_near(snapshot, function.start)


def _last_indent(snapshot: Snapshot, function: Function) -> str:
    """Of the last statement that begins in the body itself."""
    tree = snapshot.tree
    if tree is None:
        return ""
    return indent_at(snapshot, tree.span(function.statements[-1])[0])
