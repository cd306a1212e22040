"""What becomes of suggestions: the command on every item, and the edits after it."""

from typing import Any

from diffgem_lsp.acceptance.journal import Journal
from diffgem_lsp.acceptance.suggestions import NEXT_EDIT, Suggestion
from diffgem_lsp.features.inline import ACCEPTED
from diffgem_lsp.next_edits.proposals import Proposal
from diffgem_lsp.options import Options
from diffgem_lsp.session import DiffGemServer


def register(server: DiffGemServer) -> None:
    ledger, journal = server.acceptance, Journal()
    ledger.keep = journal.add
    server.command(ACCEPTED)(accepted)
    server.on_options.append(lambda options: enable(server, options))
    server.on_engine_state.append(lambda state, name: ledger.engine(state.value, name))
    server.on_closing.append(journal.close)
    server.on_partly.append(ledger.partly)
    server.on_next_edits.append(lambda now, found: ledger.shown(now, *map(_next_edit, found)))
    server.documents.listeners.append(ledger.edited)
    server.documents.on_gone.append(ledger.forget)


def enable(server: DiffGemServer, options: Options) -> None:
    server.acceptance.enabled = options.enabled and options.acceptance


def accepted(server: DiffGemServer, *arguments: Any) -> None:
    """With the document and the text; what is none of ours is ignored."""
    match arguments:
        case [str(uri), str(text), *_]:
            server.acceptance.accepted(uri, text)


def _next_edit(proposal: Proposal) -> Suggestion:
    return Suggestion(NEXT_EDIT, *proposal.span, (proposal.text,), origin=proposal.kind)
