"""Holes -> looks: what would be shown of each, were there no gate."""

import zlib
from collections.abc import Callable, Sequence
from typing import Any

from diffgem_engine.evaluation.asked_holes import is_same
from diffgem_engine.evaluation.asking import AskedEngine
from diffgem_engine.evaluation.cuts import Hole
from diffgem_engine.evaluation.gate.fitting import Look
from diffgem_engine.evaluation.gate.report import FOLDS
from diffgem_engine.protocol import Result, Segment, Welcome
from diffgem_lsp.completion import Memory, complete
from diffgem_lsp.options import Options


class Scored:
    """An engine that has the encoder look at every text."""

    def __init__(self, engine: AskedEngine) -> None:
        self._engine = engine

    async def ready(self) -> Welcome:
        return await self._engine.ready()

    async def infill(
        self, prefix: str, suffix: str, canvas: Sequence[Segment], **named: Any
    ) -> Result:
        named["scored"] = named.get("seeds", 1) == 1
        return await self._engine.infill(prefix, suffix, canvas, **named)


async def look_at(
    engine: AskedEngine, holes: Sequence[Hole], options: Options, tick: Callable[[], None]
) -> list[Look]:
    """Of the holes of which anything would be shown.  Raises what the engine raises."""
    looks, scored = [], Scored(engine)
    for hole in holes:
        found = await complete(hole.snapshot(), scored, options, Memory())
        if found.log_prob is not None:
            right = is_same(found.text, hole.expected)
            looks.append(
                Look(_fold(hole), found.kind, found.origin, found.log_prob, found.agreement, right)
            )
        tick()
    return looks


def _fold(hole: Hole) -> int:
    """The same in every run."""
    return zlib.crc32(hole.file.path.encode()) % FOLDS
