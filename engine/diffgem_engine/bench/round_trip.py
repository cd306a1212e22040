"""The engine protocol alone: a request of 20 KB to an engine that answers at once."""

import asyncio
import time

from diffgem_engine.bench.figures import Figure, Measurement, spread
from diffgem_engine.bench.processes import instant_engine
from diffgem_engine.bench.setup import Setup
from diffgem_engine.bench.sources import long_file
from diffgem_engine.protocol import Hole, Infill
from diffgem_lsp.engine.connection import EngineConnection

SIZE = 20_000  # characters of prefix and suffix together
WARMUP = 50


def measure(setup: Setup) -> Measurement:
    """`median_ms`, `p95_ms` of one request and its answer over the unix socket."""
    samples = asyncio.run(_round_trips(setup.count(1000, 20)))
    figures = [*spread("", samples), Figure("request_kb", SIZE / 1000, "KB")]
    return Measurement("one request to the engine and back", tuple(figures))


async def _round_trips(count: int) -> list[float]:
    text = long_file(2000)[:SIZE]
    request = Infill(0, text[: SIZE // 2], text[SIZE // 2 :], (Hole(32),))
    samples = []
    with instant_engine() as engine:
        connection = await EngineConnection.open(engine.endpoint)
        for _ in range(WARMUP + count):
            began = time.perf_counter()
            await connection.infill(request, None)
            samples.append(1000 * (time.perf_counter() - began))
        await connection.close()
    return samples[WARMUP:]
