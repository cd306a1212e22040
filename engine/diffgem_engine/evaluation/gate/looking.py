"""Holes -> looks: what would be shown of each, were there no gate."""

import zlib
from collections.abc import Callable, Sequence

from diffgem_engine.evaluation.asked_holes import is_same
from diffgem_engine.evaluation.asking import AskedEngine
from diffgem_engine.evaluation.cuts import Hole
from diffgem_engine.evaluation.gate.fitting import Look
from diffgem_engine.evaluation.gate.report import FOLDS
from diffgem_lsp.completion import Memory, complete
from diffgem_lsp.options import Options


async def look_at(
    engine: AskedEngine, holes: Sequence[Hole], options: Options, tick: Callable[[], None]
) -> list[Look]:
    """Of the holes of which anything would be shown.  Raises what the engine raises."""
    looks = []
    for hole in holes:
        found = await complete(hole.snapshot(), engine, options, Memory())
        if found.text:
            right = is_same(found.text, hole.expected)
            looks.append(
                Look(_fold(hole), hole.kind, found.origin, found.confidence, found.agreement, right)
            )
        tick()
    return looks


def _fold(hole: Hole) -> int:
    """The same in every run."""
    return zlib.crc32(hole.file.path.encode()) % FOLDS
