"""`textDocument/inlineCompletion`: ghost text."""

import logging
import time

from lsprotocol import types

from diffgem_lsp.acceptance.suggestions import INLINE
from diffgem_lsp.engine.errors import EngineError
from diffgem_lsp.engine.unbidden import Unbidden
from diffgem_lsp.features.asked import snapshot_at
from diffgem_lsp.features.outcome import Answer, note
from diffgem_lsp.inline import completion, replies
from diffgem_lsp.inline.completion import Completion
from diffgem_lsp.session import DiffGemServer
from diffgem_lsp.snapshots import Snapshot

log = logging.getLogger(__name__)

ACCEPTED = "diffgem.accepted"


def register(server: DiffGemServer) -> None:
    server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())(
        inline_completion
    )
    # under the new ones it might not have come, or not by itself
    server.on_options.append(lambda _: server.memory.shown.clear())


async def inline_completion(
    server: DiffGemServer, params: types.InlineCompletionParams
) -> types.InlineCompletionList | None:
    if server.documents.is_lost(params.text_document.uri):
        return types.InlineCompletionList(items=[])
    snapshot = snapshot_at(server, params.text_document.uri, params.position)
    selected, began = params.context.selected_completion_info, time.perf_counter()
    as_if = replies.with_selected(snapshot, selected)
    invoked = params.context.trigger_kind is types.InlineCompletionTriggerKind.Invoked
    found = await server.newest.run(snapshot.uri, completed(server, as_if, invoked=invoked))
    if found is None or not server.documents.is_current(snapshot):
        return None  # superseded or stale: what is shown stays, and never late text
    took_ms, trigger = 1000 * (time.perf_counter() - began), params.context.trigger_kind.name
    note(server, snapshot, Answer(INLINE, found, took_ms, trigger.lower(), selected))
    for listener in server.on_answered:
        listener(snapshot, found, took_ms)
    return replies.inline_items(snapshot, selected, found, ACCEPTED)


async def completed(server: DiffGemServer, snapshot: Snapshot, *, invoked: bool) -> Completion:
    """With an engine that fails, an empty completion: typing must never meet an error."""
    if server.engine is None:
        return Completion("", reason="off" if not server.options.enabled else "no engine")
    try:
        found = await completion.complete(
            snapshot,
            server.engine if invoked else Unbidden(server.engine),
            server.options,
            server.memory,
            invoked=invoked,
            eligibility=server.eligibility,
        )
    except EngineError as error:
        found = Completion("", reason=str(error))
    if found.origin or found.steps:  # it has worked: one that dies of its first is one outage
        server.notices.outage_over()
    if found.reason:
        log.info("nothing shown: %s", found.reason)
    if found.unsuitable:
        server.notices.unsuitable(snapshot.uri, found.reason)
    return found
