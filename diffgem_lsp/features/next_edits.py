"""`textDocument/copilotInlineEdit`: the edit after this one, for clients of Copilot's protocol."""

import logging
from typing import Any

from diffgem_lsp.engine.errors import EngineError
from diffgem_lsp.engine.unbidden import Unbidden
from diffgem_lsp.features.asked import snapshot_of
from diffgem_lsp.features.inline import ACCEPTED
from diffgem_lsp.features.untyped import asked, on_the_wire, part
from diffgem_lsp.next_edits.history import History
from diffgem_lsp.next_edits.proposals import Proposal
from diffgem_lsp.next_edits.unhurried import Unhurried
from diffgem_lsp.privacy.eligibility import unsuitable
from diffgem_lsp.requests import NewestWins
from diffgem_lsp.session import DiffGemServer
from diffgem_lsp.snapshots import Snapshot

log = logging.getLogger(__name__)

INLINE_EDIT = "textDocument/copilotInlineEdit"
INVOKED = 1  # by hand, as LSP's trigger kinds have it
Edits = dict[str, list[dict[str, Any]]]


def register(server: DiffGemServer) -> None:
    """Nothing is looked for until a client asks; what is typed is noted all the time."""
    history, newest = History(), NewestWins[list[Proposal]]()

    async def inline_edit(params: Any) -> Edits:
        return await next_edits(server, history, newest, params)

    server.feature(INLINE_EDIT)(inline_edit)
    server.documents.listeners += [history.record, lambda now, _: newest.cancel(now.uri)]
    server.documents.on_gone += [history.forget, newest.cancel]
    server.on_saved.append(history.saved)


async def next_edits(
    server: DiffGemServer, history: History, newest: NewestWins[list[Proposal]], params: Any
) -> Edits:
    """Never null, and nothing for a document that has moved on."""
    where = asked(params)
    snapshot = snapshot_of(server, where)
    if snapshot is None:
        return {"edits": []}
    invoked = part(params, "context", "triggerKind") == INVOKED
    found = await newest.run(where.uri, _found(server, history, snapshot, invoked=invoked))
    if not found or not server.documents.is_current(snapshot):
        return {"edits": []}
    for listener in server.on_next_edits:
        listener(snapshot, found)
    return {"edits": [_edit(snapshot, each) for each in found]}


async def _found(
    server: DiffGemServer, history: History, snapshot: Snapshot, *, invoked: bool
) -> list[Proposal]:
    """Where the engine fails, what needs no model."""
    from diffgem_lsp.next_edits import finding  # noqa: PLC0415 - not before it is asked for

    changes, engine = history.of(snapshot.uri, fresh=not invoked), server.engine
    if engine is None or not changes or not server.options.next_edits:
        return []
    if unsuitable(snapshot, server.options, server.eligibility):
        return []
    try:
        knowing = engine.knowing(snapshot.text, *(each.start for each in changes))
        patient = knowing if invoked else Unhurried(Unbidden(knowing))
        return await finding.find(patient, snapshot, changes)
    except EngineError as error:
        log.info("no opinion on next edits: %s", error)
        return finding.sure(snapshot, finding.propose(snapshot, changes))


def _edit(snapshot: Snapshot, proposal: Proposal) -> dict[str, Any]:
    """The version goes back exactly as it is known; the command tells of an acceptance."""
    start, end = (on_the_wire(snapshot.position(each)) for each in proposal.span)
    return {
        "text": proposal.text,
        "range": {"start": start, "end": end},
        "textDocument": {"uri": snapshot.uri, "version": snapshot.version},
        "command": {
            "title": "Accepted",
            "command": ACCEPTED,
            "arguments": [snapshot.uri, proposal.text],
        },
    }
