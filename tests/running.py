"""An engine server in the test's own loop, and what a client sees of it."""

import asyncio
import contextlib

import pytest
from fakes import FakeBackend, ask, hear, say, short_folder
from websockets.exceptions import ConnectionClosed

from diffgem_engine.backends.local import LocalBackend
from diffgem_engine.endpoint import UnixEndpoint
from diffgem_engine.evaluation.asking import engine_at, engine_of
from diffgem_engine.process.server import EngineServer
from diffgem_engine.process.sockets import claimed
from diffgem_engine.protocol import Result


class Running:
    """An engine server that runs in the test's loop."""

    def __init__(self, claim, backend=None, **options):
        self.backend = backend or FakeBackend()
        self.path = claim.endpoint.path
        self.server = EngineServer(self.backend, claim, **options)
        self.task = asyncio.create_task(self.server.run())

    async def ended(self):
        async with asyncio.timeout(10):
            await self.task


@contextlib.asynccontextmanager
async def serving(**options):
    with short_folder() as folder, claimed(UnixEndpoint(folder / "engine.sock")) as claim:
        running = Running(claim, **options)
        await running.server.ready.wait()
        try:
            yield running
        finally:
            running.server.stop()
            running.server.stop()
            await running.ended()


async def closed(client):
    """The code and the reason with which the engine closed."""
    async with asyncio.timeout(10):
        with pytest.raises(ConnectionClosed) as caught:
            await client.recv()
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason


async def assert_works(client, request_id=99):
    await say(client, ask(request_id, "fine"))
    reply = await hear(client)
    assert isinstance(reply, Result)
    assert (reply.id, reply.candidates[0].texts) == (request_id, ("FINE",))


async def here_and_there(loaded, ask):
    """What `ask` makes of an engine of this process, and of one behind a socket."""
    async with engine_of(loaded) as engine:
        here = await ask(engine)
    backend = LocalBackend(loaded)
    async with serving(backend=backend) as running, engine_at(f"unix:{running.path}") as engine:
        there = await ask(engine)
    return here, there
