"""Frames that are malformed, too large, or as large as they may be."""

import contextlib

import msgpack
import pytest
from fakes import ask, greeted_client, hear, say
from running import assert_works, closed
from websockets.exceptions import ConnectionClosed

from diffgem_engine import wire
from diffgem_engine.protocol import (
    Failure,
    Result,
)


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        (b"\xc1\xc1", "not msgpack"),
        (msgpack.packb([1]), "expected map, got array"),
        (msgpack.packb({"type": "Explode", "id": 5}), "unknown type 'Explode'"),
        (msgpack.packb({"type": "Cancel", "id": "5"}), "expected int, got str @ $.id"),
    ],
)
async def test_a_bad_frame_gets_one_failure_and_all_go_on(engine, frame, complaint):
    """Malformed msgpack ended the handler, or worse, the server."""
    async with greeted_client(engine.path) as bad, greeted_client(engine.path) as good:
        await bad.send(frame)
        failure = await hear(bad)
        assert isinstance(failure, Failure)
        assert failure.code == "bad-message"
        assert complaint in failure.message
        await assert_works(bad)
        await assert_works(good)


async def test_a_text_frame_gets_a_failure_and_is_closed(engine):
    """Starlette's receive_bytes raises KeyError on a text frame."""
    async with greeted_client(engine.path) as bad, greeted_client(engine.path) as good:
        await bad.send("hello")
        failure = await hear(bad)
        assert isinstance(failure, Failure)
        assert "text frame" in failure.message
        assert await closed(bad) == (1003, "bad-message")
        await assert_works(good)


async def test_an_oversized_frame_gets_a_failure_and_is_closed(engine):
    """The close code alone did not say what the limit is."""
    async with greeted_client(engine.path) as bad, greeted_client(engine.path) as good:
        await say(bad, ask(1, "x" * (wire.MAX_FRAME + 1)))
        failure = await hear(bad)
        assert isinstance(failure, Failure)
        assert failure.code == "too-large"
        assert str(wire.MAX_FRAME) in failure.message
        assert await closed(bad) == (1009, "too-large")
        await assert_works(good)


async def test_a_huge_frame_is_cut_off(engine):
    """A frame of any size was read into memory before it was measured."""
    async with greeted_client(engine.path) as bad, greeted_client(engine.path) as good:
        with contextlib.suppress(ConnectionClosed):
            await bad.send(b"x" * (3 * wire.MAX_FRAME))
        with pytest.raises(ConnectionClosed):
            await bad.recv()
        await assert_works(good)


async def test_a_frame_at_the_limit_passes(engine):
    """The limit has to hold for prefix and suffix of a really large file."""
    async with greeted_client(engine.path) as client:
        room = wire.MAX_FRAME - len(wire.encode(ask(1, "")))
        await say(client, ask(1, "x" * (room - 8)))
        assert isinstance(await hear(client), Result)
