"""Between a client and the model: an instant backend, called here, and as users reach it.

That is the wire, the socket, the server, its checks and its line; by one client, and by many at
once.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from diffgem_engine.bench.figures import Figure, Measurement, p95, spread
from diffgem_engine.bench.instant import InstantBackend
from diffgem_engine.bench.processes import instant_engine
from diffgem_engine.bench.setup import Setup
from diffgem_engine.bench.sources import long_file
from diffgem_engine.endpoint import Endpoint
from diffgem_engine.protocol import Hole, Infill
from diffgem_lsp.engine.connection import EngineConnection

SIZE = 8_000  # characters: what an editor sends along at a key
WARMUP = 50
PEOPLE = 50
PAUSE_S = 0.2  # between two requests of one of them
TARGET_MS = 3.0

Ask = Callable[[], Awaitable[object]]


def measure(setup: Setup) -> Measurement:
    """`p95_ms` is what a request takes beyond the call of the backend, of one client who asks
    again and again; `people_*` of fifty who type.
    """
    return asyncio.run(_measured(setup.count(1000, 20)))


async def _measured(count: int) -> Measurement:
    text = long_file(2000)[:SIZE]
    request = Infill(0, text[: SIZE // 2], text[SIZE // 2 :], (Hole(32),))
    backend = InstantBackend()
    called = await _timed(lambda: backend.infill(request, None), WARMUP + count)
    with instant_engine() as engine:
        asked = await _one(engine.endpoint, request, WARMUP + count)
        people = await _people(engine.endpoint, request, max(2, count // PEOPLE))
    base = p95(called[WARMUP:])
    figures = [
        *spread("", [sample - base for sample in asked[WARMUP:]], p95_at_most=TARGET_MS),
        *spread("people", [sample - base for sample in people]),
        Figure("called_p95_ms", base, "ms"),
    ]
    return Measurement("from a client to an instant backend and back", tuple(figures))


async def _one(endpoint: Endpoint, request: Infill, count: int) -> list[float]:
    connection = await EngineConnection.open(endpoint)
    samples = await _timed(lambda: connection.infill(request, None), count)
    await connection.close()
    return samples


async def _people(endpoint: Endpoint, request: Infill, count: int) -> list[float]:
    """One after the other begins, so that they do not ask in step."""

    async def one(number: int) -> list[float]:
        await asyncio.sleep(PAUSE_S * number / PEOPLE)
        connection = await EngineConnection.open(endpoint)
        samples = await _timed(lambda: connection.infill(request, None), 1 + count, PAUSE_S)
        await connection.close()
        return samples[1:]

    each = await asyncio.gather(*(one(number) for number in range(PEOPLE)))
    return [sample for samples in each for sample in samples]


async def _timed(ask: Ask, count: int, pause_s: float = 0.0) -> list[float]:
    """Milliseconds."""
    samples = []
    for _ in range(count):
        began = time.perf_counter()
        await ask()
        samples.append(1000 * (time.perf_counter() - began))
        await asyncio.sleep(pause_s)
    return samples
