"""Where in which document a request asks: what the handlers have in common."""

from lsprotocol.types import Position
from pygls.exceptions import JsonRpcInvalidParams

from diffgem_lsp.session import DiffGemServer
from diffgem_lsp.snapshots import Snapshot


def snapshot_at(server: DiffGemServer, uri: str, position: Position) -> Snapshot:
    """Raises JsonRpcInvalidParams for a document that is not open, or a line that it lacks."""
    snapshot = server.documents.snapshot(uri, position)
    if snapshot is None:
        raise JsonRpcInvalidParams.of(f"{uri} is not open: send textDocument/didOpen first")
    if position.line >= snapshot.lines.count:
        raise JsonRpcInvalidParams.of(
            f"no line {position.line} in a document of {snapshot.lines.count} lines: "
            "they count from 0"
        )
    return snapshot
