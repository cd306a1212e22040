"""`diffgem/infillHoles`: several cursors at once, each with a text of its own."""

from typing import Any

from lsprotocol.types import Position, Range
from pygls.exceptions import JsonRpcInvalidParams

from diffgem_lsp.actions import data
from diffgem_lsp.actions.generating import Filling
from diffgem_lsp.actions.holes import holes_of
from diffgem_lsp.actions.performing import Performer
from diffgem_lsp.filters import in_words
from diffgem_lsp.session import DiffGemServer
from diffgem_lsp.snapshots import Snapshot

INFILL_HOLES = "diffgem/infillHoles"


def register(server: DiffGemServer) -> None:
    performer = Performer(server)

    async def infill_holes(params: Any) -> dict[str, Any]:
        """Every item has the text for its place, empty with the reason where nothing fits."""
        try:
            asked = data.holes(params)
            snapshot = performer.current_version(asked.uri, asked.version)
            offer, order = holes_of(snapshot, asked.ranges)
        except data.BadData as error:
            raise JsonRpcInvalidParams.of(error) from error
        found = await performer.fillings(snapshot, offer, asked.together)
        return {"items": [_item(snapshot, found[at]) for at in order]}

    server.feature(INFILL_HOLES)(infill_holes)


def _item(snapshot: Snapshot, filling: Filling) -> dict[str, Any]:
    opening = filling.opening
    where = Range(snapshot.position(opening.start), snapshot.position(opening.end))
    text = filling.text.replace("\n", snapshot.at(opening.start).line_end)
    item = {
        "range": {"start": _place(where.start), "end": _place(where.end)},
        "insertText": text,
        "confidence": filling.confidence,
    }
    return item if text else {**item, "reason": in_words(filling.reason)}


def _place(position: Position) -> dict[str, int]:
    return {"line": position.line, "character": position.character}
