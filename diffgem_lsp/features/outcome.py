"""What came of an inline completion, for the status and for the ledger."""

from lsprotocol.types import InlineCompletionContext, SelectedCompletionInfo

from diffgem_lsp.acceptance.suggestions import INLINE, Suggestion
from diffgem_lsp.completion import Completion
from diffgem_lsp.session import DiffGemServer
from diffgem_lsp.snapshots import Snapshot


def note(server: DiffGemServer, snapshot: Snapshot, found: Completion, latency_ms: float) -> None:
    """For the status: one from memory says nothing of the engine's latency."""
    off_here = found.reason if found.unsuitable else ""
    quiet = "" if found.unsuitable else found.reason
    server.status.answered(snapshot.uri, quiet, latency_ms if found.steps else None, off_here)


def offered(
    server: DiffGemServer,
    snapshot: Snapshot,
    context: InlineCompletionContext,
    found: Completion,
    latency_ms: float,
) -> None:
    """For the ledger, where anything is shown."""
    if not found.text:
        return
    selected = context.selected_completion_info
    here = (snapshot.offset, snapshot.offset) if selected is None else _ends(snapshot, selected)
    before = "" if selected is None else selected.text
    texts = (found.text, *(choice.text for choice in found.others))
    suggestion = Suggestion(
        INLINE,
        *here,
        tuple(before + text for text in texts),
        hole=found.kind,
        origin=found.origin,
        trigger=context.trigger_kind.name.lower(),
        confidence=found.confidence,
        agreement=found.agreement,
        log_prob=found.log_prob,
        latency_ms=latency_ms,
    )
    server.acceptance.shown(snapshot, suggestion)


def _ends(snapshot: Snapshot, selected: SelectedCompletionInfo) -> tuple[int, int]:
    ends = (selected.range.start, selected.range.end)
    start, end = sorted(map(snapshot.offset_of, ends))
    return start, end
