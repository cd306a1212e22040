"""`diffgem/infillHoles`: several cursors at once, each with a text of its own."""

from typing import Any

from pygls.exceptions import JsonRpcInvalidParams

from diffgem_lsp.actions import data
from diffgem_lsp.actions.generating import Filling
from diffgem_lsp.actions.holes import holes_of
from diffgem_lsp.actions.performing import Performer
from diffgem_lsp.actions.replies import document_text
from diffgem_lsp.features.untyped import on_the_wire
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
    start, end = (on_the_wire(snapshot.position(at)) for at in (opening.start, opening.end))
    text = document_text(snapshot, filling)
    item = {
        "range": {"start": start, "end": end},
        "insertText": text,
        "confidence": filling.confidence,
    }
    return item if text else {**item, "reason": in_words(filling.reason)}
