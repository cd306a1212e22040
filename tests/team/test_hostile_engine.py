"""Engines that mean their editors ill, or hang."""

import asyncio

import pytest
from places import CANVAS, a_place
from websockets.asyncio.server import unix_serve

from diffgem_engine import wire
from diffgem_engine.protocol import PROTOCOL_VERSION, Failure, Welcome
from diffgem_lsp.engine import connection
from diffgem_lsp.engine.errors import EngineLost

WELCOME = wire.encode(Welcome(PROTOCOL_VERSION, "9", "m", "cpu", "float32", 256, 1024, 512))


@pytest.fixture
async def place():
    async with a_place() as place:
        yield place


class Leaving:
    """Says that it shuts down, to every request, and stays."""

    def __init__(self, *first):
        self.first = first

    async def __call__(self, socket):
        await socket.recv()
        for frame in (WELCOME, *self.first):
            await socket.send(frame)
        async for frame in socket:
            request = wire.decode_client(frame)
            await socket.send(wire.encode(Failure(request.id, "draining", "shutting down")))


async def test_an_engine_that_shuts_down_for_ever_is_left(place, monkeypatch):
    """Every request after the first waited for the end of a connection that had none."""
    monkeypatch.setattr(connection, "LEAVING_S", 0.02)
    async with unix_serve(Leaving(), str(place.endpoint.path)):
        client = place.client()
        async with asyncio.timeout(10):
            for _ in range(2):
                with pytest.raises(EngineLost, match="shutting down"):
                    await client.infill("x", "", CANVAS)
        await client.close()


async def test_little_of_what_nobody_asked_for_is_logged(place, caplog):
    """Four megabytes for each, as often as an engine liked."""
    unasked = wire.encode(Failure(None, "bad-message", "\x1b[2J" + "x" * 100_000))
    async with unix_serve(Leaving(unasked), str(place.endpoint.path)):
        client = place.client()
        with pytest.raises(EngineLost):
            await client.infill("x", "", CANVAS)
        await client.close()
    [message] = [each.getMessage() for each in caplog.records if "unexpected" in each.msg]
    assert len(message) < 300
    assert "\x1b" not in message
