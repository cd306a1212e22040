"""Holes -> looks: what would be shown of each, were there no gate."""

import zlib
from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve

from diffgem_engine.evaluation.asked_holes import is_same
from diffgem_engine.evaluation.asking import AskedEngine
from diffgem_engine.evaluation.cuts import Hole
from diffgem_engine.evaluation.gate.fitting import Look
from diffgem_engine.evaluation.gate.report import FOLDS
from diffgem_engine.protocol import Candidate, Result, Segment, Welcome
from diffgem_lsp import filters
from diffgem_lsp.inline.completion import Memory, complete, site_of
from diffgem_lsp.options import Options


class Scored:
    """An engine that has the encoder look at every text; its last results are kept."""

    def __init__(self, engine: AskedEngine) -> None:
        self._engine = engine
        self.candidates: list[Candidate] = []

    async def ready(self) -> Welcome:
        return await self._engine.ready()

    async def infill(
        self, prefix: str, suffix: str, canvas: Sequence[Segment], **named: Any
    ) -> Result:
        named["scored"] = named.get("seeds", 1) == 1
        result = await self._engine.infill(prefix, suffix, canvas, **named)
        self.candidates += result.candidates
        return result


async def look_at(
    engine: AskedEngine, holes: Sequence[Hole], options: Options, tick: Callable[[], None]
) -> list[Look]:
    """Of every text that might be shown in one of `holes`, in the engine's order.

    Raises what the engine raises.
    """
    looks = []
    for number, hole in enumerate(holes):
        scored, snapshot = Scored(engine), hole.snapshot()
        await complete(snapshot, scored, options, Memory())
        agreements = {e.texts: e.agreement for e in scored.candidates if e.agreement is not None}
        site = site_of(snapshot, options, await scored.ready())
        for each in scored.candidates:
            text = filters.apply("".join(each.texts), site).text
            if text and each.log_prob is not None:
                agreed = agreements.get(each.texts, 0.0) if agreements else None
                right = is_same(text, hole.expected)
                looks.append(_look(number, hole, site, evolve(each, agreement=agreed), right))
        tick()
    return looks


def _look(number: int, hole: Hole, site: filters.Site, found: Candidate, right: bool) -> Look:
    length = sum(map(len, found.texts))
    return Look(
        number, _fold(hole), site.kind.value, found.origin, found.log_prob or 0.0, length,
        found.agreement, right,
    )  # fmt: skip


def _fold(hole: Hole) -> int:
    """The same in every run."""
    return zlib.crc32(hole.file.path.encode()) % FOLDS
