"""Clients that begin and do not go on, do not read, or say what cannot be read."""

import asyncio
import contextlib
import logging

import pytest
from bad_frames import PING, TEXT, frame
from entrances import guarded
from fakes import greeted_client, hear
from reading import ended
from running import assert_works, closed

from diffgem_engine.process import bounds
from diffgem_engine.protocol import Failure

CLIENT_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"  # of TLS, without its rest


@contextlib.asynccontextmanager
async def unix(engine):
    reader, writer = await asyncio.open_unix_connection(str(engine.path))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def connections(engine):
    return engine.server._uvicorn.server_state.connections


async def until(so):
    async with asyncio.timeout(20):
        while not so():  # noqa: ASYNC110 - the engine's own loop, which has no event of it
            await asyncio.sleep(0)


def complaints(caplog):
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("beginning", [b"", CLIENT_HELLO, b"GET / HTTP/1.1\r\n\r\n"])
async def test_tls_that_is_never_ready_is_cut(tmp_path, monkeypatch, caplog, beginning):
    """A port scanner had a minute for each connection, and they were counted nowhere."""
    monkeypatch.setattr(bounds, "HANDSHAKE_S", 0.1)
    async with guarded(tmp_path) as engine:
        reader, writer = await asyncio.open_connection("127.0.0.1", engine.endpoint.port)
        writer.write(beginning)
        await ended(reader)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    assert complaints(caplog) == []


@pytest.mark.parametrize(
    "odd",
    [
        b"X-Long: " + b"a" * 9_000,
        b"\r\n".join(b"X-%d: x" % number for number in range(200)),
        b"Content-Length: 5",
        b"Transfer-Encoding: chunked",
    ],
)
async def test_a_handshake_that_websockets_cannot_read_is_refused(engine, odd):
    """One library had read it, the other could not: the client waited for ever, with its place."""
    async with unix(engine) as (reader, writer):
        writer.write(
            b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            + odd + b"\r\n\r\n"
        )  # fmt: skip
        answer = await ended(reader)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(bounds.UNREADABLE)


async def test_text_that_is_none_is_refused_in_words(engine, caplog):
    """It was a traceback in the log, once for each frame."""
    async with greeted_client(engine.path) as client:
        client.transport.write(frame(TEXT, b"\xff\xed\xa0\x80"))
        failure = await hear(client)
        assert isinstance(failure, Failure)
        assert "text frame" in failure.message
        assert await closed(client) == (1003, "bad-message")
    assert complaints(caplog) == []


async def test_pings_of_who_reads_nothing_do_not_pile_up(engine):
    """Each ping had its pong kept for it: megabytes a second, for a minute."""
    pings = frame(PING, bytes(125)) * 500
    async with greeted_client(engine.path) as good, greeted_client(engine.path) as bad:
        bad.transport.pause_reading()
        for _ in range(40):  # 2.6 MB; a socket's own buffers hold a fraction
            bad.transport.write(pings)
            await assert_works(good)
        waiting = [each.transport.get_write_buffer_size() for each in connections(engine)]
        assert 0 < max(waiting) < 2**17
        bad.transport.resume_reading()
        await assert_works(bad)


async def test_who_does_not_take_the_end_is_cut(engine):
    """A closed connection with a few bytes left stayed for as long as its client did."""
    lingering = bounds.Lingering()
    async with unix(engine) as (reader, writer):
        writer.write(b"GET ")
        reader._transport.pause_reading()
        await until(lambda: connections(engine))
        [ours] = connections(engine)
        ours.transport.set_write_buffer_limits(2**30)  # it is no stall that ends it
        while not ours.transport.get_write_buffer_size():
            ours.transport.write(bytes(2**16))
        lingering.look(connections(engine))
        lingering.look(connections(engine))
        assert not ours.transport.is_closing()  # nobody closed it yet
        ours.transport.close()
        lingering.look(connections(engine))
        await asyncio.sleep(0)
        assert connections(engine) == {ours}
        lingering.look(connections(engine))
        await until(lambda: not connections(engine))


async def test_the_engine_looks_for_them(tmp_path, monkeypatch):
    """As above, by itself."""
    monkeypatch.setattr(bounds, "LINGER_S", 0.05)
    async with guarded(tmp_path, "tcp") as engine:
        _, writer = await asyncio.open_connection("127.0.0.1", engine.endpoint.port)
        writer.transport.pause_reading()
        writer.write(b"GET ")
        await until(lambda: connections(engine))
        [ours] = connections(engine)
        ours.transport.set_write_buffer_limits(2**30)
        while not ours.transport.get_write_buffer_size():
            ours.transport.write(bytes(2**20))
        ours.transport.close()
        await until(lambda: not connections(engine))
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


BROKEN = [
    (b"POST /none HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"zz\r\n\r\n"),
    (b"GET /infill HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n", b"GET  /\r\n\r\n" * 3),
]


@pytest.mark.parametrize(("head", "rest"), BROKEN)
async def test_a_body_that_breaks_behind_its_answer(engine, caplog, head, rest):
    """The second answer to one request was a traceback in the log."""
    async with unix(engine) as (reader, writer):
        writer.write(head)
        async with asyncio.timeout(20):
            assert (await reader.readline()).startswith(b"HTTP/1.1 40")
        writer.write(rest)
        writer.write_eof()
        await ended(reader)
    assert complaints(caplog) == []


@pytest.mark.parametrize("path", [b"/infill", b"/none", b"/v1/completions"])
async def test_a_body_that_breaks_is_answered_once(engine, caplog, path):
    """What had begun to answer it found the answer given, and ended in a traceback."""
    head = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with unix(engine) as (reader, writer):
        writer.write(head + b"zz\r\n")
        answer = await ended(reader)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1
    assert complaints(caplog) == []
