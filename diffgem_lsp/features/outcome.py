"""What came of an inline completion, for the status and for the ledger."""

from attrs import frozen
from lsprotocol.types import SelectedCompletionInfo

from diffgem_lsp.acceptance.suggestions import Suggestion
from diffgem_lsp.filters import in_words
from diffgem_lsp.inline.completion import Completion
from diffgem_lsp.session import DiffGemServer
from diffgem_lsp.snapshots import Snapshot


@frozen
class Answer:
    """An inline completion that is about to go out; `kind` is as `suggestions` has them."""

    kind: str
    found: Completion
    latency_ms: float
    trigger: str = "automatic"
    selected: SelectedCompletionInfo | None = None  # in the editor's menu


def note(server: DiffGemServer, snapshot: Snapshot, answer: Answer) -> None:
    """`snapshot` is the document as it is, without what is selected."""
    _note_status(server, snapshot.uri, answer)
    if answer.found.text:
        server.acceptance.shown(snapshot, _suggestion(snapshot, answer))


def _note_status(server: DiffGemServer, uri: str, answer: Answer) -> None:
    """One from memory says nothing of the engine's latency."""
    found = answer.found
    off_here = found.reason if found.unsuitable else ""
    quiet = "" if found.unsuitable else in_words(found.reason)
    latency_ms = answer.latency_ms if found.engine_s else None
    server.status.answered(uri, quiet, latency_ms, off_here)


def _suggestion(snapshot: Snapshot, answer: Answer) -> Suggestion:
    found, selected = answer.found, answer.selected
    here = snapshot.offset, snapshot.offset
    start, end = here if selected is None else snapshot.span_of(selected.range)
    before = "" if selected is None else selected.text
    return Suggestion(
        answer.kind,
        start,
        end,
        tuple(before + text for text in found.texts),
        hole=found.kind,
        origin=found.origin,
        trigger=answer.trigger,
        confidence=found.confidence,
        agreement=found.agreement,
        log_prob=found.log_prob,
        latency_ms=answer.latency_ms,
    )
