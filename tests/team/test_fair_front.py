"""Users' shares of the backend, by what their requests take of it."""

import asyncio

from fakes import FakeBackend, ask

from diffgem_engine.access.users import User
from diffgem_engine.protocol import Count, Infill
from diffgem_engine.serving.front import Front

HOLDER, ANN, BOB = User("holder"), User("ann"), User("bob", weight=2.0)


class Shared:
    """A front whose one place is held, until everybody waits."""

    def __init__(self):
        self.backend = FakeBackend(most_at_once=1)
        self.front = Front(self.backend)
        self.tasks = []

    def ask(self, user, request: Infill):
        work = self.front.infill(user, request, lambda ahead: None, None)
        self.tasks.append(asyncio.create_task(work))

    async def served(self):
        """The ids, in the order in which they reached the backend."""
        await asyncio.sleep(0)
        assert self.backend.started.get_nowait() == 0
        self.backend.release.set()
        async with asyncio.timeout(10):
            await asyncio.gather(*self.tasks)
        return [self.backend.started.get_nowait() for _ in range(self.backend.started.qsize())]


async def test_many_seeds_are_many_canvases():
    """Who asked for sixteen canvases at a time had sixteen times the engine."""
    shared = Shared()
    shared.ask(HOLDER, ask(0, "wait"))
    for number in range(4):
        shared.ask(ANN, ask(10 + number, "x", seeds=4))
    for number in range(8):
        shared.ask(User("carl"), ask(20 + number, "x"))
    order = await shared.served()
    assert order[:7] == [10, 20, 21, 22, 23, 11, 24]


async def test_a_weight_is_a_share():
    shared = Shared()
    shared.ask(HOLDER, ask(0, "wait"))
    for number in range(9):
        shared.ask(ANN, ask(10 + number, "x"))
        shared.ask(BOB, ask(20 + number, "x"))
    order = await shared.served()
    assert sum(number >= 20 for number in order[:9]) == 6


async def test_a_count_waits_for_nobody():
    """A client sizes its hole by it, before it can ask for anything."""
    shared = Shared()
    shared.ask(HOLDER, ask(0, "wait"))
    await asyncio.sleep(0)
    counts = await shared.front.count(ANN, Count(1, ("abc",)))
    assert counts.tokens == (3,)
    assert await shared.served() == []
