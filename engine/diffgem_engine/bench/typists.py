"""Typists who share an engine, each in a file of his own: what the others cost one of them."""

import asyncio
import contextlib
import random
import time
from collections.abc import Sequence

from attrs import field, frozen

from diffgem_engine.bench.figures import BenchError, Figure, Measurement, p95, spread
from diffgem_engine.bench.processes import Running, real_engine
from diffgem_engine.bench.setup import Setup
from diffgem_engine.bench.sources import Place, places
from diffgem_lsp.engine.client import EngineClient
from diffgem_lsp.engine.errors import EngineError
from diffgem_lsp.inline import completion
from diffgem_lsp.options import Options
from diffgem_lsp.snapshots import Snapshot

TYPISTS = 8
MOST = 3.0  # p95 of eight, over that of one
KEYS = 5  # in a burst, after which the typist looks up
KEY_S, LOOK_S = (0.08, 0.24), (0.2, 0.6)  # between keys, and to read what is shown
OPTIONS = Options()


@frozen
class Found:
    """The requests that somebody waited for, in ms, and how many were superseded."""

    looked_ms: list[float] = field(factory=list)
    superseded: list[int] = field(factory=list)


def measure(setup: Setup) -> Measurement:
    """Each types bursts of five keys, asks at every key, gives up what he asked at the key before,
    and after the last waits for the answer.

    `one_*` and `eight_*`: `median_ms`, `p95_ms` of that wait; `ratio`, the p95 of eight over that
    of one, in turn in one run; `superseded`, the requests of eight that were given up unanswered.
    """
    one, eight = Found(), Found()
    with real_engine(setup.engine_options) as engine:
        try:
            for _ in range(setup.count(2, 1)):
                asyncio.run(_type_all(setup, engine, 1, setup.count(10, 2), one))
                asyncio.run(_type_all(setup, engine, TYPISTS, setup.count(5, 1), eight))
        except EngineError as error:
            raise BenchError(str(error)) from error
    ratio, most = p95(eight.looked_ms) / p95(one.looked_ms), setup.cpu_aim(MOST)
    figures = (
        *spread("one", one.looked_ms),
        *spread("eight", eight.looked_ms),
        Figure("ratio", ratio, "x", at_most=most),
        Figure("superseded", sum(eight.superseded)),
    )
    return Measurement(f"{TYPISTS} typists at one engine, and one", figures)


async def _type_all(setup: Setup, engine: Running, count: int, bursts: int, found: Found) -> None:
    chosen = [*places(count, KEYS * (bursts + 1))]
    typists = (_Typist(setup, engine, place, number) for number, place in enumerate(chosen))
    await asyncio.gather(*(typist.type(bursts, found) for typist in typists))


class _Typist:
    """Retypes what was removed at a place; with a connection of his own, as an editor has."""

    def __init__(self, setup: Setup, engine: Running, place: Place, number: int) -> None:
        self._snapshot = Snapshot.of(place.text, place.offset, "python")
        self._keys = iter(place.removed)
        self._client = EngineClient(engine.endpoint)
        self._hand = random.Random(number)
        self._hurry = 0.05 if setup.quick else 1.0

    async def type(self, bursts: int, found: Found) -> None:
        try:
            await self._burst(Found())  # the file is read once before, as it is when it is opened
            for _ in range(bursts):
                await self._burst(found)
        finally:
            await self._client.close()

    async def _burst(self, found: Found) -> None:
        await self._pause(LOOK_S)
        asked: asyncio.Task[float] | None = None
        for _ in range(KEYS):
            await self._pause(KEY_S)
            if asked is not None:
                found.superseded.append(await _given_up(asked))
            key = next(self._keys)
            at = self._snapshot.offset
            self._snapshot = self._snapshot.replaced(at, at, key)
            asked = asyncio.create_task(self._ask())
        if asked is not None:
            found.looked_ms.append(await asked)

    async def _ask(self) -> float:
        began = time.perf_counter()
        await completion.complete(self._snapshot, self._client, OPTIONS, completion.Memory())
        return 1000 * (time.perf_counter() - began)

    async def _pause(self, between: Sequence[float]) -> None:
        await asyncio.sleep(self._hurry * self._hand.uniform(*between))


async def _given_up(asked: "asyncio.Task[float]") -> bool:
    """Whether it had no answer yet."""
    if asked.done():
        asked.result()
        return False
    asked.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asked
    return True
