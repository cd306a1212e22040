"""An engine for what nobody asked for by hand: it is left alone while it wants its rest."""

import math
from collections.abc import Sequence
from typing import Protocol, Unpack

from diffgem_engine.protocol import Result, Reviewed, Segment, Welcome
from diffgem_lsp.engine.api import Reviewing, Wishes
from diffgem_lsp.engine.errors import RequestRefused


class Resting(Reviewing, Protocol):
    @property
    def rest_s(self) -> float:
        """For so long it wants to be left alone."""


class Unbidden:
    """Each key that is typed asks anew: an engine that refuses them would be asked at every key.

    Raises RequestRefused, in words for the user, as long as the rest lasts.
    """

    def __init__(self, engine: Resting) -> None:
        self._engine = engine

    async def ready(self) -> Welcome:
        self._check()
        return await self._engine.ready()

    async def infill(
        self, prefix: str, suffix: str, canvas: Sequence[Segment], **wishes: Unpack[Wishes]
    ) -> Result:
        self._check()
        return await self._engine.infill(prefix, suffix, canvas, **wishes)

    async def review(self, prefix: str, code: str, suffix: str) -> Reviewed:
        self._check()
        return await self._engine.review(prefix, code, suffix)

    def _check(self) -> None:
        if left_s := self._engine.rest_s:
            raise RequestRefused(
                "rate-limited",
                f"the engine asks for {math.ceil(left_s)} s of rest: until then it is asked only "
                "when you ask by hand",
                left_s,
            )
