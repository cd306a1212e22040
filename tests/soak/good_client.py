"""Somebody who only wants to work, beside whoever does not; what the engine holds meanwhile."""

import asyncio
import contextlib
import time

from attrs import define
from fakes import ask, hear, say
from fuzzed_engine import TASKS
from websockets.asyncio.client import connect, unix_connect

from diffgem_engine.endpoint import WS_PATH, UnixEndpoint
from diffgem_engine.protocol import PROTOCOL_VERSION, Count, Counts, Hello, Result, Welcome

PAUSE_S = 0.05
SETTLING_S = 30.0


@define
class Holds:
    files: int
    tasks: int


@define
class GoodClient:
    """On one connection, for as long as the engine lives."""

    socket: object
    process: object
    asked: int = 0
    longest_s: float = 0.0

    async def work(self):
        """A hole, which has to be filled at once."""
        self.asked += 1
        began = time.perf_counter()
        await say(self.socket, ask(self.asked, f"good {self.asked}"))
        answer = await hear(self.socket)
        assert isinstance(answer, Result), answer
        assert answer.candidates[0].texts == (f"good {self.asked}",)
        self.longest_s = max(self.longest_s, time.perf_counter() - began)

    async def holds(self):
        self.asked += 1
        await say(self.socket, Count(self.asked, (TASKS,)))
        answer = await hear(self.socket)
        assert isinstance(answer, Counts), answer
        return Holds(self.process.num_fds(), answer.tokens[0])

    def memory_mb(self):
        return self.process.memory_info().rss / 1e6

    @contextlib.asynccontextmanager
    async def working(self):
        """While inside; fails with what it found."""
        ending = asyncio.Event()
        work = asyncio.create_task(self._until(ending))
        try:
            yield
        finally:
            ending.set()
            await work

    async def settled(self, before):
        """Once the engine holds what it held before; what it holds, where that does not come."""
        until = time.monotonic() + SETTLING_S
        while (now := await self.holds()) != before and time.monotonic() < until:
            pass
        return now

    async def _until(self, ending):
        while not ending.is_set():
            await self.work()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), PAUSE_S)


@contextlib.asynccontextmanager
async def good_client(engine):
    async with _connected(engine.place) as socket:
        await say(socket, Hello(PROTOCOL_VERSION, "good"))
        assert isinstance(await hear(socket), Welcome)
        yield GoodClient(socket, engine.process)


def _connected(place):
    if isinstance(place.endpoint, UnixEndpoint):
        return unix_connect(str(place.endpoint.path), f"ws://localhost{WS_PATH}")
    scheme = "wss" if place.tls else "ws"
    return connect(
        f"{scheme}://{place.endpoint.host}:{place.endpoint.port}{WS_PATH}",
        additional_headers={"Authorization": place.authorization.decode()},
        ssl=place.tls,
        proxy=None,
    )
