"""Where in which document a request asks: what the handlers have in common."""

from lsprotocol.types import Position
from pygls.exceptions import JsonRpcInvalidParams

from diffgem_lsp.features.untyped import Asked
from diffgem_lsp.session import DiffGemServer
from diffgem_lsp.snapshots import Snapshot


def opened(server: DiffGemServer, uri: str) -> Snapshot:
    """Raises JsonRpcInvalidParams for a document that is not open."""
    found = server.documents.get(uri)
    if found is None:
        raise _not_open(uri)
    return found


def snapshot_of(server: DiffGemServer, where: Asked) -> Snapshot | None:
    """None for another version than the one that is open, and where a change was lost.

    Raises what `snapshot_at` raises.
    """
    if server.documents.is_lost(where.uri):
        return None
    if where.version not in (None, opened(server, where.uri).version):
        return None
    return snapshot_at(server, where.uri, where.position)


def snapshot_at(server: DiffGemServer, uri: str, position: Position) -> Snapshot:
    """Raises JsonRpcInvalidParams for a document that is not open, or a line that it lacks."""
    snapshot = server.documents.snapshot(uri, position)
    if snapshot is None:
        raise _not_open(uri)
    if position.line >= snapshot.lines.count:
        raise JsonRpcInvalidParams.of(
            f"no line {position.line} in a document of {snapshot.lines.count} lines: "
            "they count from 0"
        )
    return snapshot


def _not_open(uri: str) -> JsonRpcInvalidParams:
    why = f"{uri} is not open: send textDocument/didOpen first"
    refusal: JsonRpcInvalidParams = JsonRpcInvalidParams.of(why)
    return refusal
