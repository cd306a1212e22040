"""How a conversation with the engine begins, and who may not have one."""

import msgpack
import pytest
from fakes import ask, greeted_client, hear, raw_client, say
from running import assert_works, closed
from websockets.asyncio.client import unix_connect
from websockets.exceptions import InvalidStatus

from diffgem_engine.process import session
from diffgem_engine.protocol import (
    PROTOCOL_VERSION,
    Failure,
    Hello,
    Welcome,
)


async def test_the_first_frame_must_be_hello(engine):
    """Without the handshake two versions could misread each other."""
    async with raw_client(engine.path) as client:
        await say(client, ask(1))
        assert await hear(client) == Failure(
            None, "bad-message", "expected Hello first, got Infill"
        )
        assert await closed(client) == (1002, "bad-message")
    assert engine.backend.started.empty()


async def test_a_client_that_says_nothing_is_closed(engine, monkeypatch):
    """A port scanner's connection kept an idle engine alive."""
    monkeypatch.setattr(session, "HELLO_S", 0.01)
    async with raw_client(engine.path) as client:
        assert await hear(client) == Failure(
            None, "bad-message", "no Hello within 0.01 s: send it first"
        )
        assert await closed(client) == (1002, "bad-message")


async def test_another_protocol_version_is_told_what_to_upgrade(engine):
    """A client of another version got silence, or a parse error."""
    async with raw_client(engine.path) as client:
        await say(client, Hello(PROTOCOL_VERSION + 1, "test"))
        failure = await hear(client)
        assert isinstance(failure, Failure)
        assert failure.code == "bad-version"
        assert "upgrade the engine" in failure.message
        assert await closed(client) == (1002, "bad-version")


async def test_an_older_client_can_read_what_to_upgrade(engine):
    """With a field more in the refusal clients of version 5 said that this was no engine."""
    async with raw_client(engine.path) as client:
        await say(client, Hello(PROTOCOL_VERSION - 1, "test"))
        said = msgpack.unpackb(await client.recv())
    assert set(said) == {"type", "id", "code", "message"}
    assert "upgrade the client" in said["message"]


async def test_a_second_hello_is_refused_and_the_conversation_goes_on(engine):
    """Another Welcome in the middle would look like a reply."""
    async with greeted_client(engine.path) as client:
        await say(client, Hello(PROTOCOL_VERSION, "again"))
        assert await hear(client) == Failure(None, "bad-message", "Hello was already said")
        await assert_works(client)


async def test_a_client_cannot_write_into_the_log(engine, caplog):
    """Lines of its own, escapes, or megabytes of them."""
    caplog.set_level("INFO")
    async with raw_client(engine.path) as client:
        await say(client, Hello(PROTOCOL_VERSION, "x\n\x1b[31m" + "y" * 100_000))
        assert isinstance(await hear(client), Welcome)
    [line] = [record.getMessage() for record in caplog.records if "connected" in record.msg]
    assert len(line) < 200
    assert line.isprintable()


async def test_a_web_page_cannot_open_the_websocket(engine):
    """Any page in the user's browser may connect to a loopback port."""
    with pytest.raises(InvalidStatus) as caught:
        async with unix_connect(
            str(engine.path), "ws://localhost/v1/ws", origin="https://evil.example"
        ):
            pass
    assert caught.value.response.status_code == 403
