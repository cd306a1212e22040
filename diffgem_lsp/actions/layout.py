"""How a document is laid out around a place: indents, and what stands alone on its lines."""

from collections.abc import Mapping
from types import MappingProxyType

from diffgem_lsp.holes.indents import USUAL, step_near
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.grammars import grammar_of
from diffgem_lsp.text.lines import indent_of

_UNITS: Mapping[str, str] = MappingProxyType(
    {"go": "\t", **dict.fromkeys(("css", "html", "javascript", "lua", "ruby", "tsx"), "  ")}
)


def indent_at(snapshot: Snapshot, offset: int) -> str:
    """Of the line on which `offset` is."""
    return indent_of(snapshot.lines.line_text(snapshot.lines.line_of(offset)))


def unit_near(snapshot: Snapshot, offset: int) -> str:
    """One step of indentation: as others near it take, or as is usual for the language."""
    usual = _UNITS.get(grammar_of(snapshot.language_id) or "", USUAL)
    return step_near(snapshot.lines, snapshot.lines.line_of(offset), usual)


def code_of_line(snapshot: Snapshot, line: int) -> tuple[int, int]:
    """Where the text of a line starts and ends, without the white space around it."""
    text = snapshot.lines.line_text(line)
    start = snapshot.lines.start(line) + len(indent_of(text))
    return start, max(start, snapshot.lines.start(line) + len(text.rstrip()))


def on_code(snapshot: Snapshot, offset: int) -> int:
    """`offset`, or the nearest place on its line where there is code."""
    start, end = code_of_line(snapshot, snapshot.lines.line_of(offset))
    return max(start, min(offset, end - 1))


def is_alone(snapshot: Snapshot, start: int, end: int) -> bool:
    """Whether nothing but white space stands beside `start..end` on its lines."""
    lines = snapshot.lines
    before = snapshot.text[lines.start(lines.line_of(start)) : start]
    after = snapshot.text[end : lines.end(lines.line_of(end))]
    return not before.strip() and not after.strip()


def trimmed(snapshot: Snapshot, start: int, end: int) -> tuple[int, int]:
    """Without the white space at the two ends."""
    text = snapshot.text[start:end]
    start += len(text) - len(text.lstrip())
    return start, start + len(text.strip())
