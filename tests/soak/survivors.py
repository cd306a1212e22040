"""Clients that live on while engines, upstreams and other clients die."""

import asyncio
import contextlib
import time
from collections import Counter

from attrs import define, field
from echo_engine import ECHOED
from fakes import greeted_client
from tallies import Tally
from typists import TEXT, Typist
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from diffgem_engine.endpoint import parse_endpoint
from diffgem_engine.protocol import Failure, Hole, Result
from diffgem_lsp.engine.client import EngineClient
from diffgem_lsp.engine.errors import EngineError, RequestRefused

END_S = 15.0  # of every request, whoever dies meanwhile
DEADLINE_MS = 5000.0
PAUSE_S = 0.25
GONE = "gone"  # what we say for an engine that cannot any more


@define
class Toll(Tally):
    """`dropped` ended with the connection, or for want of one."""

    dropped: int = 0
    words: Counter = field(factory=Counter, repr=False)  # of refusals, by code
    messages: dict = field(factory=dict, repr=False)  # one for each code

    @property
    def settled(self):
        return self.asked == self.answered + self.cancelled + self.refused + self.dropped

    def refuse(self, code, message):
        self.refused += 1
        self.words[code] += 1
        self.messages[code] = message

    def figures(self):
        codes = {f"refused_{code}": count for code, count in sorted(self.words.items())}
        return {**super().figures(), "dropped": self.dropped, **codes}


class OnTheWire(Typist):
    """Sees replies that come twice; an engine's end ends what it was asked."""

    slots = ECHOED

    def __init__(self, socket, name, toll, on_answer):
        super().__init__(socket, name, toll)
        self._on_answer = on_answer

    @property
    def gone(self):
        return self._reader.done()

    def _count(self, message, mark, latency_ms):
        match message:
            case Failure(code="gone"):
                self._tally.dropped += 1
            case Failure(code=code) if code != "cancelled":
                self._tally.refuse(code, message.message)
            case _:
                super()._count(message, mark, latency_ms)
                if isinstance(message, Result):
                    self._on_answer()

    async def _send(self, message):
        with contextlib.suppress(ConnectionClosed):
            await super()._send(message)
        if self.gone:
            self._let_go()

    async def _read(self):
        await super()._read()
        self._let_go()

    def _let_go(self):
        for number, reply in self._waiting.items():
            if not reply.done():
                reply.set_result(Failure(number, GONE, "the connection ended"))
        self._waiting.clear()


async def types_on_the_wire(path, name, toll, over, draw, on_answer):
    """Over one connection after another."""
    numbers = iter(range(1 << 30))
    while not over.is_set():
        with contextlib.suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
            async with greeted_client(path) as socket:
                typist = OnTheWire(socket, f"{name}-{next(numbers)}", toll, on_answer)
                while not (over.is_set() or typist.gone):
                    await typist.ask(draw.uniform(0, 0.04) if draw.random() < 1 / 3 else None)
                    await asyncio.sleep(draw.expovariate(1 / PAUSE_S))
                await typist.leave()
        await asyncio.sleep(draw.uniform(0, 0.1))


class Survivor:
    """The language server's own client, which finds its engine again by itself."""

    def __init__(self, endpoint, name, toll, on_answer):
        self.client = EngineClient(parse_endpoint(endpoint))
        self._name, self._toll, self._on_answer = name, toll, on_answer
        self._asked = 0

    async def types(self, over, draw):
        while not over.is_set():
            await self._ask(draw.uniform(0, 0.04) if draw.random() < 1 / 4 else None)
            await asyncio.sleep(draw.expovariate(1 / PAUSE_S))

    async def _ask(self, give_up_s):
        self._asked += 1
        mark = f"{self._name}-{self._asked}".rjust(ECHOED, "#")
        self._toll.asked += 1
        began = time.perf_counter()
        try:
            async with asyncio.timeout(give_up_s or END_S):
                result = await self.client.infill(
                    mark + TEXT + mark, TEXT, (Hole(ECHOED),), deadline_ms=DEADLINE_MS
                )
        except TimeoutError:
            if give_up_s:
                self._toll.cancelled += 1
            else:
                self._toll.lost += 1
        except RequestRefused as refusal:
            self._toll.refuse(refusal.code, str(refusal))
        except EngineError:
            self._toll.dropped += 1
        else:
            self._toll.answered += 1
            self._toll.foreign += result.candidates[0].texts != (mark,)
            self._toll.latencies.append(1000 * (time.perf_counter() - began))
            self._on_answer()
