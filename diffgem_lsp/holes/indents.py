"""The indentation that a block's first line still lacks."""

from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.text.lines import Lines, indent_of, indent_width

USUAL = "    "
REACH = 400  # lines before the cursor, and after it, in which a step of indentation is looked for


def missing_indent(snapshot: Snapshot) -> str:
    """For a cursor on the blank line of an empty block, below the line that opens it."""
    lines = snapshot.lines
    line, column = lines.line_and_column(snapshot.offset)
    typed = lines.line_text(line)[:column]
    wanted = indent_of(lines.line_text(line - 1)) + step_near(lines, line)
    return wanted[len(typed) :] if wanted.startswith(typed) else ""


def step_near(lines: Lines, line: int, usual: str = USUAL) -> str:
    """By how much the nearest deeper line is deeper than the one before it; `usual` if none is."""
    for near in _by_distance(line, lines.count):
        before, here = (indent_of(lines.line_text(at)) for at in (near - 1, near))
        deeper = here.startswith(before) and indent_width(here) > indent_width(before)
        if deeper and lines.line_text(near).strip() and lines.line_text(near - 1).strip():
            return here[len(before) :]
    return usual


def _by_distance(line: int, count: int) -> list[int]:
    """The lines around `line`, the nearest first; each has one before it."""
    near = range(max(1, line - REACH), min(count, line + REACH))
    return sorted(near, key=lambda other: abs(other - line))
