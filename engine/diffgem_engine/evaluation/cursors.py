"""`eval cursors`: the rests of neighbouring lines, filled together, side by side, or in turn."""

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from attrs import frozen

from diffgem_engine.evaluation import cuts
from diffgem_engine.evaluation.asked_holes import is_same
from diffgem_engine.evaluation.asking import AskedEngine
from diffgem_engine.evaluation.trees import SourceFile
from diffgem_engine.protocol import Sampling
from diffgem_lsp.actions import several
from diffgem_lsp.actions.generating import NothingFits
from diffgem_lsp.actions.kinds import ActionKind, Offer, Opening, Shape
from diffgem_lsp.options import Options
from diffgem_lsp.snapshots import Snapshot

MOST_TRIES = 60  # places a set
Way = Callable[["Cursors"], Awaitable[list[str]]]


@frozen
class Cursors:
    """A document with several holes in it, all of them empty, and what stood there."""

    snapshot: Snapshot
    openings: tuple[Opening, ...]
    expected: tuple[str, ...]


def cut(files: Sequence[SourceFile], limit: int, holes: int, seed: int = 0) -> list[Cursors]:
    """At most `limit` sets of so many holes, on lines of code that follow one another."""
    chance = random.Random(seed)
    places = [
        (file, lines, at)
        for file in files
        for lines in [[*cuts.code_lines(file.text)]]
        for at in range(len(lines) - holes + 1)
    ]
    chance.shuffle(places)
    found: list[Cursors] = []
    for file, lines, at in places[: MOST_TRIES * limit]:
        if len(found) == limit:
            break
        made = [_rest(file, *line, chance) for line in lines[at : at + holes]]
        spans = [span for span in made if span is not None]
        if len(spans) == holes:
            found.append(_emptied(file, spans))
    return found


def _rest(file: SourceFile, start: int, end: int, chance: random.Random) -> cuts.Range | None:
    place = cuts.Place(start, chance.randrange(start, end), end)
    return cuts.KINDS["rest"](file, place, chance) if end - start > 2 * cuts.LEAST_REST else None


def _emptied(file: SourceFile, spans: Sequence[cuts.Range]) -> Cursors:
    text, openings, gone = file.text, [], 0
    for start, end in spans:
        openings.append(Opening(start - gone, start - gone, Shape.LINE))
        gone += end - start
    for start, end in reversed(spans):
        text = text[:start] + text[end:]
    expected = tuple(file.text[start:end] for start, end in spans)
    return Cursors(Snapshot.of(text, openings[0].start, file.language_id), (*openings,), expected)


async def evaluate(
    engine: AskedEngine,
    sets: Sequence[Cursors],
    sampling: Sampling,
    tick: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Figures of each way, one set at a time.  Raises what the engine raises."""
    options = Options(steps=sampling.steps)
    ways: dict[str, Way] = {
        "together": partial(_together, engine, options),
        "side_by_side": partial(_side_by_side, engine, options),
        "in_turn": partial(_in_turn, engine, options),
    }
    rows: dict[str, list[tuple[list[bool], list[bool], float]]] = {name: [] for name in ways}
    for each in sets:
        for name, way in ways.items():
            began = time.perf_counter()
            texts = await way(each)
            ms = 1000 * (time.perf_counter() - began)
            right = [is_same(*pair) for pair in zip(texts, each.expected, strict=True)]
            rows[name].append((right, [bool(text) for text in texts], ms))
            tick()
    return {name: _figures(found) for name, found in rows.items()}


def requests(sets: int) -> int:
    """How often `evaluate` calls `tick`."""
    return 3 * sets


def _figures(rows: Sequence[tuple[list[bool], list[bool], float]]) -> dict[str, Any]:
    """Quiet counts as a miss."""
    right = [each for row in rows for each in row[0]]
    shown = [each for row in rows for each in row[1]]
    times = sorted(ms for _, _, ms in rows)
    return {
        "sets": len(rows),
        "holes": len(right),
        "exact_match": statistics.fmean(right) if right else None,
        "all_exact": statistics.fmean(all(row[0]) for row in rows) if rows else None,
        "shown": statistics.fmean(shown) if shown else None,
        "latency_ms": {
            "p50": statistics.median(times) if times else None,
            "p95": times[int(0.95 * (len(times) - 1))] if times else None,
        },
    }


async def _together(engine: AskedEngine, options: Options, cursors: Cursors) -> list[str]:
    return await _filled(engine, options, cursors.snapshot, cursors.openings, together=True)


async def _side_by_side(engine: AskedEngine, options: Options, cursors: Cursors) -> list[str]:
    """All at once, a canvas each; none sees what the others write."""
    alone = [_filled(engine, options, cursors.snapshot, (each,)) for each in cursors.openings]
    return [text for texts in await asyncio.gather(*alone) for text in texts]


async def _in_turn(engine: AskedEngine, options: Options, cursors: Cursors) -> list[str]:
    """One after the other; each sees what those before it wrote."""
    return await _filled(engine, options, cursors.snapshot, cursors.openings, together=False)


async def _filled(
    engine: AskedEngine,
    options: Options,
    snapshot: Snapshot,
    openings: tuple[Opening, ...],
    *,
    together: bool | None = None,
) -> list[str]:
    offer = Offer(ActionKind.FILL_ALL, "", openings)
    try:
        found = await several.fillings(snapshot, offer, engine, options, together=together)
    except NothingFits:
        return [""] * len(openings)
    return [each.text for each in found]
