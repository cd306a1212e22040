"""The rest of Copilot's protocol, so that its clients work: focus, shown, partly accepted, the
panel, and an account that nobody needs.
"""

import logging
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from diffgem_lsp.features.asked import snapshot_of
from diffgem_lsp.features.inline import ACCEPTED, completed
from diffgem_lsp.features.untyped import asked, part
from diffgem_lsp.inline import replies
from diffgem_lsp.inline.completion import Completion
from diffgem_lsp.requests import NewestWins
from diffgem_lsp.session import DiffGemServer
from diffgem_lsp.text.positions import characters_of

log = logging.getLogger(__name__)

PANEL = "textDocument/copilotPanelCompletion"
USER = "diffgem"  # there is no account; clients show a name


def register(server: DiffGemServer) -> None:
    newest = NewestWins[Completion]()

    async def panel(params: Any) -> types.InlineCompletionList:
        return await panel_completion(server, newest, params)

    server.feature(PANEL)(panel)
    server.documents.listeners.append(lambda now, _: newest.cancel(now.uri))
    server.documents.on_gone.append(newest.cancel)
    server.feature("textDocument/didFocus")(did_focus)
    server.feature("textDocument/didShowCompletion")(did_show)
    server.feature("textDocument/didShowInlineEdit")(did_show)
    server.feature("textDocument/didPartiallyAcceptCompletion")(did_partially_accept)
    server.feature("checkStatus")(check_status)
    server.feature("signIn")(sign_in)
    server.feature("signInInitiate")(sign_in)  # as older clients say
    server.feature("signOut")(sign_out)


async def panel_completion(
    server: DiffGemServer, newest: NewestWins[Completion], params: Any
) -> types.InlineCompletionList:
    """All alternatives; one by one, and then none are left to answer, for who wants them so."""
    where = asked(params)
    token = part(params, "partialResultToken")
    if token is not None and type(token) not in (str, int):
        raise JsonRpcInvalidParams.of("partialResultToken must be a text or a whole number")
    nothing = types.InlineCompletionList(items=[])
    snapshot = snapshot_of(server, where)
    if snapshot is None:
        return nothing
    found = await newest.run(where.uri, completed(server, snapshot, invoked=True))
    if found is None or not server.documents.is_current(snapshot):
        return nothing
    every = replies.inline_items(snapshot, None, found, ACCEPTED)
    if token is None:
        return every
    for item in every.items:
        server.progress(types.ProgressParams(token, types.InlineCompletionList(items=[item])))
    return nothing


def did_focus(server: DiffGemServer, params: Any) -> None:
    """Without a document where none has the focus."""
    uri = part(params, "textDocument", "uri") or part(params, "uri")
    if isinstance(uri, str):
        for listener in server.on_focus:
            listener(uri)


def did_show(server: DiffGemServer, params: Any) -> None:
    log.debug("the client has drawn %s", part(params, "item", "command", "command"))


def did_partially_accept(server: DiffGemServer, params: Any) -> None:
    """The length counts from the start of the item's text; what makes no sense is ignored."""
    match part(params, "item", "command", "arguments"), part(params, "acceptedLength"):
        case [str(uri), str(text), *_], int(length) if length > 0:
            whole = part(params, "item", "insertText")
            added = len(whole) - len(text) if isinstance(whole, str) else 0
            taken = characters_of(whole if added > 0 else text, length) - max(0, added)
            for listener in server.on_partly if taken > 0 else ():
                listener(uri, text, taken)


def check_status(server: DiffGemServer, _: Any) -> dict[str, str]:
    return {"status": "OK", "user": USER}


def sign_in(server: DiffGemServer, _: Any) -> dict[str, str]:
    """Clients then show no code and open no browser."""
    return {"status": "AlreadySignedIn", "user": USER}


def sign_out(server: DiffGemServer, _: Any) -> dict[str, str]:
    """There is nothing to sign out of; to turn it off there is the option `enabled`."""
    return {"status": "NotSignedIn"}
