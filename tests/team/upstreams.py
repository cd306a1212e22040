"""Upstreams on real sockets of this machine."""

import asyncio
import contextlib
import json
import re
import socket

import uvicorn


class _Quiet(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self):
        yield


@contextlib.asynccontextmanager
async def served(app, port=0):
    """The address of an ASGI app."""
    listener = socket.socket(proto=socket.IPPROTO_TCP)  # or asyncio leaves Nagle on
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = _Quiet(config)
    listener.listen()
    running = asyncio.create_task(server.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listener.close()


async def say(send, answer):
    """As JSON, from an ASGI app."""
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


class Raw:
    """Says what it serves; every other request it answers with these bytes, one after another, the
    last of them again and again, and then with what is endless."""

    def __init__(self, *replies, endless=b"", pause_s=0.0):
        self.replies, self.endless, self.pause_s = replies, endless, pause_s
        self.asked = self.heard = 0  # the second counts what is asked at the start, too
        self.answering = set()
        self.gone = asyncio.Event()  # who asked for what is endless has closed the connection

    async def answer(self, reader, writer):
        self.answering.add(asyncio.current_task())
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self.converse(reader, writer)
        finally:
            writer.close()

    async def converse(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        self.heard += 1
        if b"/v1/models" in head:
            writer.write(MODELS)
        else:
            length = re.search(rb"content-length: (\d+)", head.lower())
            await reader.readexactly(int(length[1]))
            self.asked += 1
            await self.say(writer)
        await writer.drain()

    async def end(self):
        """Of whom it still answers."""
        for task in self.answering:
            task.cancel()
        await asyncio.gather(*self.answering, return_exceptions=True)

    async def say(self, writer):
        writer.write(self.replies[min(self.asked, len(self.replies)) - 1])
        try:
            while self.endless:
                await writer.drain()
                writer.write(self.endless)
                await asyncio.sleep(self.pause_s)
        finally:
            self.gone.set()


@contextlib.asynccontextmanager
async def raw(*replies, **endless):
    """An upstream that says just these bytes; its address, and itself."""
    upstream = Raw(*replies, **endless)
    server = await asyncio.start_server(upstream.answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", upstream
    finally:
        server.close()
        await upstream.end()


def unused_port():
    """Where nobody listens, for now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def reply(body, status="200 OK", kind="application/json", length=None, headers=""):
    """The bytes of an HTTP reply; `length` may lie."""
    length = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n{headers}"
    return f"{head}\r\n".encode() + body


MODELS = reply(
    json.dumps({"data": [{"id": "m", "owned_by": "acme"}]}).encode(),
    headers="connection: close\r\n",
)
