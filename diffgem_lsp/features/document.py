"""`diffgem/document`: what the server believes that a buffer holds."""

from typing import Any

from pygls.exceptions import JsonRpcInvalidParams

from diffgem_lsp import replies
from diffgem_lsp.session import DiffGemServer

DOCUMENT = "diffgem/document"


def register(server: DiffGemServer) -> None:
    server.feature(DOCUMENT)(document)


def document(server: DiffGemServer, params: Any) -> dict[str, object]:
    uri = replies.document_uri(params)
    found = server.documents.get(uri) if uri else None
    if found is None:
        raise JsonRpcInvalidParams.of(_why_no_document(server, uri))
    return {"version": found.version, "text": found.text}


def _why_no_document(server: DiffGemServer, uri: str | None) -> str:
    if uri is None:
        return "textDocument.uri must be a text"
    lost = server.documents.is_lost(uri)
    return (
        f"a change of {uri} was lost: reopen it"
        if lost
        else f"{uri} is not open: send textDocument/didOpen first"
    )
