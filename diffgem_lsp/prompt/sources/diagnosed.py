"""What the editor complains of near the cursor.

A server hears of others' diagnostics in one way only: `textDocument/codeAction` carries those of
the range that it asks about.  They are kept for as long as the document stays as it was, or is
edited elsewhere on other lines; nothing is known of the rest.
"""

from collections.abc import Iterator, Sequence

from attrs import frozen
from lsprotocol.types import Diagnostic, DiagnosticSeverity

from diffgem_lsp.privacy.redaction import redact_window
from diffgem_lsp.prompt.snippets import DIAGNOSTICS, Snippet
from diffgem_lsp.snapshots import Snapshot

NEAR = 10  # lines
MOST = 8  # of a document
LONGEST = 200  # characters of a message
SCORE = 0.6
WORST = (DiagnosticSeverity.Error, DiagnosticSeverity.Warning, None)


@frozen
class _Complaint:
    line: int
    code: str  # the line as it was
    message: str


class Diagnosed:
    """Of the documents that code actions were asked for."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[_Complaint, ...]] = {}

    def note(self, snapshot: Snapshot, diagnostics: Sequence[Diagnostic]) -> None:
        """As they come with a request about the document as it is now."""
        count = snapshot.lines.count
        told = [each for each in diagnostics if each.severity in WORST]
        self._known[snapshot.uri] = tuple(
            _complaint(snapshot, each) for each in told[:MOST] if each.range.start.line < count
        )

    def forget(self, uri: str) -> None:
        self._known.pop(uri, None)

    def near(self, snapshot: Snapshot) -> Iterator[tuple[int, str]]:
        """Lines, and what is wrong with them, where they still read as they did."""
        here = snapshot.lines.line_of(snapshot.offset)
        for each in self._known.get(snapshot.uri, ()):
            same = each.line < snapshot.lines.count
            if same and abs(each.line - here) <= NEAR and _line(snapshot, each.line) == each.code:
                yield each.line, each.message


def diagnosed(snapshot: Snapshot, known: Diagnosed, name: str) -> Iterator[Snippet]:
    """Nothing of a line that holds a secret: messages quote what they are about."""
    for line, message in known.near(snapshot):
        code = _line(snapshot, line)
        if code != _without_secrets(snapshot, line):
            continue
        code = code.strip()
        text = f"{code[:LONGEST]}\n  {message}"
        reason = f"the editor complains of line {line + 1}"
        yield Snippet(DIAGNOSTICS, name, text, SCORE, reason, prose=True)


def _complaint(snapshot: Snapshot, told: Diagnostic) -> _Complaint:
    line = told.range.start.line
    message = " ".join(told.message.split())[:LONGEST]
    return _Complaint(line, _line(snapshot, line), message)


def _line(snapshot: Snapshot, line: int) -> str:
    return snapshot.lines.line_text(line)


def _without_secrets(snapshot: Snapshot, line: int) -> str:
    start, end = snapshot.lines.start(line), snapshot.lines.end(line)
    return redact_window(snapshot.text, start, start, end)[1]
