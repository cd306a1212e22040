"""What the hole at the cursor is, by the syntax tree where it can tell, else by the text."""

from attrs import frozen

from diffgem_lsp.holes import nodes, plain
from diffgem_lsp.holes.blocks import in_empty_block
from diffgem_lsp.holes.indents import missing_indent
from diffgem_lsp.holes.kinds import SLOTS, HoleKind
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.text.lines import indent_of


@frozen
class HoleSite:
    kind: HoleKind
    indent: str  # the white space before the cursor's line, as far as the cursor
    line_tail: str  # what follows the cursor on its line
    slots: int  # of the canvas
    starts_with: str = ""  # indentation, which the text of the hole begins with


def hole_at(snapshot: Snapshot) -> HoleSite:
    line, column = snapshot.lines.line_and_column(snapshot.offset)
    text = snapshot.lines.line_text(line)
    head, tail = text[:column], text[column:]
    kind = _kind(snapshot, head, tail)
    missing = missing_indent(snapshot) if kind is HoleKind.BLOCK else ""
    return HoleSite(kind, indent_of(head), tail, SLOTS[kind], missing)


def _kind(snapshot: Snapshot, head: str, tail: str) -> HoleKind:
    inside = _enclosing(snapshot)
    if inside is not None:
        return inside
    if head.strip():
        return HoleKind.REST_OF_LINE
    if not tail.strip() and in_empty_block(snapshot):
        return HoleKind.BLOCK
    return HoleKind.WHOLE_LINE


def _end_of_code(snapshot: Snapshot) -> int:
    """Before the cursor; without a copy of a text that may be long."""
    text, end = snapshot.text, snapshot.offset
    while end and text[end - 1].isspace():
        end -= 1
    return end


def _enclosing(snapshot: Snapshot) -> HoleKind | None:
    """STRING, COMMENT or ARGUMENTS when the cursor is inside one."""
    if snapshot.tree is None:
        return plain.enclosing(snapshot)
    found = nodes.enclosing(snapshot.tree, snapshot.offset)
    if found is None and nodes.broken(snapshot.tree, _end_of_code(snapshot)):
        return plain.enclosing(snapshot)
    return found
