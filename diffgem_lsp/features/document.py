"""`diffgem/document`: what the server believes that a buffer holds."""

from typing import Any

from pygls.exceptions import JsonRpcInvalidParams

from diffgem_lsp.features.asked import opened
from diffgem_lsp.features.untyped import text
from diffgem_lsp.session import DiffGemServer

DOCUMENT = "diffgem/document"


def register(server: DiffGemServer) -> None:
    server.feature(DOCUMENT)(document)


def document(server: DiffGemServer, params: Any) -> dict[str, object]:
    """Raises JsonRpcInvalidParams where it is not open, or a change of it was lost."""
    uri = text(params, "textDocument", "uri")
    if server.documents.is_lost(uri):
        raise JsonRpcInvalidParams.of(f"a change of {uri} was lost: reopen it")
    found = opened(server, uri)
    return {"version": found.version, "text": found.text}
