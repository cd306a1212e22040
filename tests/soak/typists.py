"""Clients that type, on the wire itself: one of ours would drop a reply that it did not ask for."""

import asyncio
import contextlib
import random
import time

from echo_engine import ECHOED
from fakes import greeted_client
from websockets.exceptions import ConnectionClosed

from diffgem_engine import wire
from diffgem_engine.protocol import Cancel, Failure, Hole, Infill, Progress, Queued, Result

LOST_S = 30.0
TEXT = (
    "def area(width, height):\n    return width * height\n\n\n" * 60
)  # what an editor sends along


class Typist:
    """One connection; `tally` may be of many."""

    slots = 16

    def __init__(self, socket, name, tally):
        self._socket = socket
        self._name = name
        self._tally = tally
        self._waiting = {}  # by id: the future of its reply
        self._asked = 0
        self._reader = asyncio.create_task(self._read())

    async def ask(self, give_up_s=None):
        """Fill one hole, or give it up after `give_up_s`; its one reply goes into the tally."""
        self._asked += 1
        number = self._asked
        mark = f"{self._name}-{number}".rjust(ECHOED, "#")
        self._waiting[number] = reply = asyncio.get_running_loop().create_future()
        self._tally.asked += 1
        began = time.perf_counter()
        await self._send(Infill(number, TEXT + mark, TEXT, (Hole(self.slots),)))
        if give_up_s is not None:
            await asyncio.wait({reply}, timeout=give_up_s)
            await self._send(Cancel(number))
        try:
            async with asyncio.timeout(LOST_S):
                message = await reply
        except TimeoutError:
            self._tally.lost += 1
            return
        self._count(message, mark, None if give_up_s else 1000 * (time.perf_counter() - began))

    async def leave(self):
        """Once everything that the engine has to say has been read."""
        with contextlib.suppress(ConnectionClosed):
            await self._socket.close()
        await self._reader

    def _count(self, message, mark, latency_ms):
        match message:
            case Result():
                self._tally.answered += 1
                if message.candidates[0].texts != (mark,):
                    self._tally.foreign += 1
                if latency_ms is not None:
                    self._tally.latencies.append(latency_ms)
            case Failure(code="cancelled"):
                self._tally.cancelled += 1
            case _:
                self._tally.refused += 1

    async def _send(self, message):
        await self._socket.send(wire.encode(message))

    async def _read(self):
        with contextlib.suppress(ConnectionClosed):
            async for frame in self._socket:
                self._hear(wire.decode_engine(frame))

    def _hear(self, message):
        match message:
            case Queued():
                self._tally.queued += 1
            case Progress():
                pass
            case _ if (reply := self._waiting.pop(message.id, None)) is None:
                self._tally.doubled += 1
            case _ if not reply.done():  # who floods has left
                reply.set_result(message)


@contextlib.asynccontextmanager
async def typists(path, count, tally, name="t"):
    async with contextlib.AsyncExitStack() as stack:
        people = []
        for number in range(count):
            socket = await stack.enter_async_context(greeted_client(path))
            people.append(Typist(socket, f"{name}{number}", tally))
        yield people
        await asyncio.gather(*(each.leave() for each in people))


async def types(typist, until, pause_s, draw):
    """Keys with pauses between them; one in three is given up, as by the key after it."""
    await _pause(draw.uniform(0, pause_s), until)
    while time.monotonic() < until:
        await typist.ask(draw.uniform(0, 0.04) if draw.random() < 1 / 3 else None)
        await _pause(draw.expovariate(1 / pause_s), until)


async def _pause(seconds, until):
    await asyncio.sleep(max(0.0, min(seconds, until - time.monotonic())))


async def floods(typist, at_once):
    """As many requests as the engine takes of a client, without end: cancel it."""

    async def again():
        while True:
            await typist.ask()

    await asyncio.gather(*(again() for _ in range(at_once)))


def draws(count, seed=7):
    return [random.Random(f"{seed} {number}") for number in range(count)]
