"""Clients that are slow, silent, vanished or too many: none is waited for without an end."""

import asyncio
import contextlib
import logging

import pytest
from entrances import give, guarded
from fakes import FakeBackend, ask, hear, say
from reading import ended
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from websockets.asyncio.client import connect

from diffgem_engine.http.bodies import BoundedBodies
from diffgem_engine.process import bounds
from diffgem_engine.protocol import PROTOCOL_VERSION, Count, Hello, Welcome

HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
async def engine(tmp_path):
    async with guarded(tmp_path, "tcp") as engine:
        yield engine


@contextlib.asynccontextmanager
async def raw(engine):
    reader, writer = await asyncio.open_connection("127.0.0.1", engine.endpoint.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def answers(engine):
    async with raw(engine) as (reader, writer):
        writer.write(HEALTH)
        async with asyncio.timeout(20):
            return (await reader.readline()).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET /health HT",
        b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
        b"POST /v1/none HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ],
)
async def test_who_never_ends_the_request_is_cut(engine, monkeypatch, caplog, beginning):
    """Slowloris: a few hundred half requests, and nobody else got in."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(bounds, "REQUEST_S", 0.1)
    async with raw(engine) as (reader, writer):
        writer.write(beginning)
        await ended(reader)
    assert "a connection was cut: its client is too slow to ask" in caplog.text
    assert await answers(engine)


async def test_a_drop_a_moment_does_not_prolong_it(engine, monkeypatch):
    """A timer that begins again with every byte is none."""
    monkeypatch.setattr(bounds, "REQUEST_S", 0.3)
    async with raw(engine) as (reader, writer):
        ending = asyncio.create_task(ended(reader))
        with contextlib.suppress(OSError):
            for byte in b"GET /health HTTP/1.1\r\nX-Slow: " + b"a" * 4_000:
                writer.write(bytes([byte]))
                await asyncio.wait({ending}, timeout=0.02)
                if ending.done():
                    break
        assert ending.done()
        assert await ending == b""


async def test_requests_in_a_row_are_not_cut(engine, monkeypatch):
    """The limit is a request's, not the connection's."""
    monkeypatch.setattr(bounds, "REQUEST_S", 5.0)
    async with raw(engine) as (reader, writer):
        for _ in range(5):
            writer.write(HEALTH)
            async with asyncio.timeout(20):
                head = await reader.readuntil(b"\r\n\r\n")
                [size] = [line for line in head.split(b"\r\n") if b"content-length" in line.lower()]
                await reader.readexactly(int(size.split(b":")[1]))
            assert head.startswith(b"HTTP/1.1 200")


async def test_websockets_outlive_the_time_of_a_request(engine, monkeypatch):
    monkeypatch.setattr(bounds, "REQUEST_S", 0.05)
    client = engine.client(give(engine.store))
    await client.ready()
    async with raw(engine) as (reader, _):  # one that is cut later than the websocket would be
        await ended(reader)
    assert await client.count(["abc"]) == (3,)
    await client.close()


async def test_connections_beyond_the_most_are_cut(engine, monkeypatch):
    monkeypatch.setattr(bounds, "MOST_CONNECTIONS", 2)
    async with raw(engine), raw(engine), raw(engine) as (reader, _):
        assert await ended(reader) == b""
    async with asyncio.timeout(20):
        while not await still_answers(engine):
            pass


async def still_answers(engine):
    with contextlib.suppress(OSError):
        return await answers(engine)
    return False


async def test_a_head_without_an_end_is_refused(engine):
    async with raw(engine) as (reader, writer):
        writer.write(b"GET /health HTTP/1.1\r\nX-Long: " + b"a" * 3 * bounds.LARGEST_HEAD)
        assert (await ended(reader)).startswith(b"HTTP/1.1 4")
    assert await answers(engine)


async def test_a_client_that_vanished_is_found_by_a_ping(tmp_path, monkeypatch):
    """A laptop that was closed held its place, and its work went on, for hours."""
    monkeypatch.setitem(bounds.OPTIONS, "ws_ping_interval", 0.05)
    monkeypatch.setitem(bounds.OPTIONS, "ws_ping_timeout", 0.2)
    backend = FakeBackend()
    async with guarded(tmp_path, "tcp", backend=backend) as engine:
        url = f"ws://127.0.0.1:{engine.endpoint.port}/v1/ws"
        headers = {"Authorization": f"Bearer {give(engine.store)}"}
        async with connect(url, additional_headers=headers, proxy=None) as socket:
            await say(socket, Hello(PROTOCOL_VERSION, "test"))
            assert isinstance(await hear(socket), Welcome)
            await say(socket, Count(1, ("hang",)))
            socket.transport.pause_reading()  # it hears no ping, and answers none
            async with asyncio.timeout(20):
                while engine.server._lifecycle._sessions:
                    await answers(engine)
            socket.transport.abort()


async def test_a_client_that_reads_nothing_is_cut(tmp_path, monkeypatch):
    """It had us keep megabytes of answers for it, and the connection never closed."""
    monkeypatch.setattr(bounds, "STALLED_S", 0.2)
    async with guarded(tmp_path, "tcp") as engine:
        url = f"ws://127.0.0.1:{engine.endpoint.port}/v1/ws"
        headers = {"Authorization": f"Bearer {give(engine.store)}"}
        async with connect(url, additional_headers=headers, proxy=None, max_size=None) as socket:
            await say(socket, Hello(PROTOCOL_VERSION, "test"))
            assert isinstance(await hear(socket), Welcome)
            socket.transport.pause_reading()
            asking = asyncio.create_task(flood(socket))
            try:
                async with asyncio.timeout(30):
                    while engine.server._lifecycle._sessions:
                        await answers(engine)
            finally:
                asking.cancel()
                socket.transport.abort()
        assert await answers(engine)


async def flood(socket):
    with contextlib.suppress(Exception):
        for number in range(1, 100_000):
            await say(socket, ask(number, "x" * 100_000))


async def echo(scope, receive, send):
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


async def asked(app, chunks, headers=()):
    """The status that `app` answers, and how many chunks it took."""
    taken, sent = [], []

    async def receive():
        taken.append(chunks[len(taken)])
        return {
            "type": "http.request", "body": taken[-1], "more_body": len(taken) < len(chunks)
        }  # fmt: skip

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": list(headers)}
    await app(scope, receive, send)
    return sent[0]["status"], len(taken)


async def test_a_body_is_refused_as_soon_as_it_is_too_large():
    app = BoundedBodies(echo, 10)
    assert await asked(app, [b"12345", b"67890"]) == (200, 2)
    assert await asked(app, [b"12345", b"67890", b"1", b"2"]) == (413, 3)
    assert await asked(app, [b"1"], [(b"content-length", b"11")]) == (413, 0)


async def test_a_body_that_is_too_large_is_refused_by_the_engine(engine):
    async with raw(engine) as (reader, writer):
        writer.write(b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n")
        async with asyncio.timeout(20):
            assert b" 413 " in await reader.readline()
