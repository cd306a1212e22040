"""An engine for work that nobody waits for: it pauses while there is interactive work."""

from collections.abc import Sequence
from typing import Unpack

from diffgem_engine.protocol import Result, Reviewed, Segment, Welcome
from diffgem_lsp.engine.api import Reviewing, Wishes


class Unhurried:
    """An engine for next edits whose requests come after everybody else's."""

    def __init__(self, client: Reviewing) -> None:
        self._client = client

    async def ready(self) -> Welcome:
        return await self._client.ready()

    async def infill(
        self, prefix: str, suffix: str, canvas: Sequence[Segment], **wishes: Unpack[Wishes]
    ) -> Result:
        wishes["priority"] = "background"
        return await self._client.infill(prefix, suffix, canvas, **wishes)

    async def review(self, prefix: str, code: str, suffix: str) -> Reviewed:
        return await self._client.review(prefix, code, suffix)
