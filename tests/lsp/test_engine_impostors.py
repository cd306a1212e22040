"""What listens where the engine should, and is another version of it or none."""

import contextlib

import pytest
from impostors import Impostor, welcome
from places import CANVAS, Clock, forever
from websockets.asyncio.server import unix_serve

from diffgem_engine import wire
from diffgem_engine.protocol import PROTOCOL_VERSION, Counts, Failure
from diffgem_lsp.engine.errors import EngineLost, EngineUnavailable


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (wire.encode(Failure(None, "bad-version", "upgrade the engine")), "upgrade the engine"),
        (welcome(99), "no DiffGem engine that this"),
        (b"\xc1", "no DiffGem engine"),
        ("text", "no DiffGem engine"),
    ],
)
async def test_an_engine_of_another_version_is_not_asked_again(place, frame, message):
    """A version mismatch was retried for ever."""
    impostor = Impostor(frame)
    async with unix_serve(impostor, str(place.endpoint.path)):
        client = place.client()
        for _ in range(2):
            with pytest.raises(EngineUnavailable, match=message):
                await client.ready()
        await client.close()
    assert impostor.connections == 1


async def test_an_engine_that_talks_nonsense_is_dropped(place):
    """A frame that does not parse ended the reader, and requests waited for ever."""
    async with unix_serve(Impostor(welcome(PROTOCOL_VERSION), b"\xc1"), str(place.endpoint.path)):
        client = place.client(timing=Clock().timing(attempts=2))
        with pytest.raises(EngineUnavailable, match="the engine keeps stopping: see "):
            await forever(infill_or_lose, client)


async def test_an_answer_to_another_question_is_no_answer(place):
    """One that answers everything with two numbers: its texts would be taken from a Counts."""

    async def confused(socket):
        await socket.recv()
        await socket.send(welcome(PROTOCOL_VERSION))
        async for frame in socket:
            await socket.send(wire.encode(Counts(wire.decode_client(frame).id, (1, 2))))

    async with unix_serve(confused, str(place.endpoint.path)):
        client = place.client()
        assert await client.count(["a", "bc"]) == (1, 2)
        for asked in (
            client.infill("x", "", CANVAS),
            client.count(["a"]),
            client.review("x", "y", ""),
        ):
            with pytest.raises(EngineLost, match="another answer than was asked for, Counts"):
                await asked
        await client.close()


async def infill_or_lose(client):
    with contextlib.suppress(EngineLost):
        await client.infill("x", "", CANVAS)
