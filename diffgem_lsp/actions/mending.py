"""What of a document is opened to mend what a diagnostic complains of."""

from collections.abc import Iterator, Sequence

from lsprotocol.types import Diagnostic, DiagnosticSeverity

from diffgem_lsp.actions.kinds import Opening, Shape
from diffgem_lsp.actions.layout import code_of_line
from diffgem_lsp.snapshots import Snapshot

MOST_LINES = 12  # of what a diagnostic marks: one that marks more does not say where to look
MOST = 4  # diagnostics at one place
_SERIOUS = (None, DiagnosticSeverity.Error, DiagnosticSeverity.Warning)


def mendable(
    snapshot: Snapshot, diagnostics: Sequence[Diagnostic]
) -> Iterator[tuple[Diagnostic, Opening]]:
    """The diagnostics that something may be done about, and the span of each."""
    serious = [each for each in diagnostics if each.severity in _SERIOUS]
    for diagnostic in serious[:MOST]:
        opening = _span(snapshot, *snapshot.span_of(diagnostic.range))
        if opening is not None:
            yield diagnostic, opening


def widened(snapshot: Snapshot, opening: Opening) -> Opening:
    """All of its lines: what is wrong often stands beside what is marked."""
    lines = snapshot.lines
    start, _ = code_of_line(snapshot, lines.line_of(opening.start))
    _, end = code_of_line(snapshot, lines.line_of(opening.end))
    return Opening(min(start, opening.start), max(end, opening.end), Shape.CODE)


def _span(snapshot: Snapshot, start: int, end: int) -> Opening | None:
    """As it is marked; of a place with no length all of its line."""
    lines = snapshot.lines
    count = lines.line_of(end) - lines.line_of(start)
    if count >= MOST_LINES:
        return None
    opening = Opening(start, end, Shape.CODE if count else Shape.LINE)
    found = opening if snapshot.text[start:end].strip() else widened(snapshot, opening)
    return found if snapshot.text[found.start : found.end].strip() else None
