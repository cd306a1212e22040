"""`diffgem.explain`: what the engine would be sent for a place, and why."""

from typing import Any

from lsprotocol.types import Position
from pygls.exceptions import JsonRpcInvalidParams

from diffgem_lsp.engine.errors import EngineError
from diffgem_lsp.explanation import Explanation, explain
from diffgem_lsp.features.asked import snapshot_at
from diffgem_lsp.session import DiffGemServer

EXPLAIN = "diffgem.explain"


def register(server: DiffGemServer) -> None:
    server.command(EXPLAIN)(explained)


async def explained(server: DiffGemServer, *arguments: Any) -> Explanation:
    """Of `[uri, {line, character}]`, in the position encoding that was agreed on."""
    uri, position = _place(arguments)
    snapshot = snapshot_at(server, uri, position)
    if server.engine is None:
        return {"sent": False, "reason": "off" if not server.options.enabled else "no engine"}
    try:
        return await explain(
            snapshot, server.engine, server.options, server.memory, server.eligibility
        )
    except EngineError as error:
        return {"sent": False, "reason": str(error)}


def _place(arguments: Any) -> tuple[str, Position]:
    """Raises JsonRpcInvalidParams."""
    match arguments:
        case (str(uri), {"line": int(line), "character": int(character)}):
            if line >= 0 and character >= 0:
                return uri, Position(line, character)
    raise JsonRpcInvalidParams.of(f"{EXPLAIN} takes [uri, {{line, character}}]")
