"""The main job: from request to item for a line of code, with the real engine and model."""

import asyncio
import time
from statistics import mean

import psutil
from attrs import field, frozen

from diffgem_engine.bench.figures import BenchError, Figure, Measurement, spread
from diffgem_engine.bench.processes import Running, real_engine
from diffgem_engine.bench.setup import Setup
from diffgem_engine.bench.sources import Place, line_places
from diffgem_lsp.engine.client import EngineClient
from diffgem_lsp.engine.errors import EngineError
from diffgem_lsp.inline import completion
from diffgem_lsp.options import Options
from diffgem_lsp.snapshots import Snapshot

MEDIAN_MS = 200.0
RESIDENT_GB = 1.2
WARM_KEYS = 4  # typed at each place after the cold request
OPTIONS = Options()


@frozen
class Found:
    """What the requests took, and what came of them."""

    cold_ms: list[float] = field(factory=list)
    warm_ms: list[float] = field(factory=list)
    steps: list[int] = field(factory=list)
    shown: list[bool] = field(factory=list)


def measure(setup: Setup) -> Measurement:
    """`cold_*` at a place that the engine has not seen, `warm_*` a key later, at each place.

    `steps_mean` of the denoising, `shown` the share of requests with an item, and `resident_gb`
    the engine process's resident memory after the last request.
    """
    with real_engine(setup.engine_options) as engine:
        try:
            found = asyncio.run(_complete_all(engine, setup.count(3, 1), setup.count(30, 2)))
        except EngineError as error:
            raise BenchError(str(error)) from error
        resident = psutil.Process(engine.pid).memory_info().rss / 1e9
    figures = [
        *spread("cold", found.cold_ms, median_at_most=MEDIAN_MS),
        *spread("warm", found.warm_ms, median_at_most=MEDIAN_MS),
        Figure("steps_mean", mean(found.steps)),
        Figure("shown", mean(found.shown)),
        Figure("resident_gb", resident, "GB", at_most=RESIDENT_GB),
    ]
    return Measurement("request to item, a line of code", tuple(figures))


async def _complete_all(engine: Running, warmup: int, count: int) -> Found:
    client = EngineClient(engine.endpoint)
    found = Found()
    try:
        for number, place in enumerate(line_places(warmup + count)):
            await _complete(client, place, found if number >= warmup else Found())
    finally:
        await client.close()
    return found


async def _complete(client: EngineClient, place: Place, found: Found) -> None:
    """Ask at the start of the hole, then after each of the first keys of what was there."""
    snapshot = Snapshot.of(place.text, place.offset, "python")
    await _ask(client, snapshot, found.cold_ms, found)
    for character in place.removed[:WARM_KEYS]:
        snapshot = snapshot.replaced(snapshot.offset, snapshot.offset, character)
        await _ask(client, snapshot, found.warm_ms, found)


async def _ask(client: EngineClient, snapshot: Snapshot, times: list[float], found: Found) -> None:
    """Nothing is remembered between requests, so every one goes to the engine."""
    began = time.perf_counter()
    completed = await completion.complete(snapshot, client, OPTIONS, completion.Memory())
    times.append(1000 * (time.perf_counter() - began))
    found.steps.append(completed.steps)
    found.shown.append(bool(completed.text))
