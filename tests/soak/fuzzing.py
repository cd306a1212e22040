"""The load: connections by the dozen, each from a seed of its own, so that one can be had again."""

import asyncio
import contextlib
import itertools
import random
import struct
from collections import Counter
from collections.abc import Iterator

import bad_frames
import bad_requests
import msgpack
from attrs import define, field

from diffgem_engine import wire
from diffgem_engine.endpoint import WS_PATH
from diffgem_engine.protocol import PROTOCOL_VERSION, Count, Hello

AT_ONCE = 32  # connections
DEADLINE_S = 30.0  # to be answered or closed in
MOST_FRAMES = 40  # of a connection
LAST = 2**40  # and above: ids of who asks whether it is still heard
GONE = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)


@define
class Fuzz:
    """What has come of it so far; `stuck` are the seeds of who was left without an answer."""

    place: object
    seed: int
    sent: int = 0
    came: Counter = field(factory=Counter)
    stuck: list = field(factory=list)
    let_in: list = field(factory=list)
    numbers: Iterator = field(factory=itertools.count)

    def figures(self):
        return {
            "sent": self.sent,
            **{str(key): self.came[key] for key in sorted(self.came, key=str)},
        }


async def fuzz(load, one, count):
    """`one(load, draw)` until so many were sent."""

    async def again():
        while load.sent < count:
            number = next(load.numbers)
            try:
                async with asyncio.timeout(DEADLINE_S):
                    await one(load, random.Random(f"{load.seed} {number}"))
            except TimeoutError:
                load.stuck.append(number)

    await asyncio.gather(*(again() for _ in range(AT_ONCE)))


@contextlib.asynccontextmanager
async def _connected(place):
    reader, writer = await place.connection()
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def converse(load, draw):
    """One websocket: greeted or not, frames of any kind, and an end."""
    async with _connected(load.place) as (reader, writer):
        with contextlib.suppress(*GONE):
            writer.write(_handshake(load.place))
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 101"), head
            await _frames(load, draw, reader, writer)
            return
        load.came["closed early"] += 1


def _handshake(place):
    return bad_requests.head(
        f"GET {WS_PATH} HTTP/1.1".encode(),
        place.authorization,
        *(b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13"),
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    )


async def _frames(load, draw, reader, writer):
    greeted = draw.random() < 0.9
    if greeted:
        writer.write(_message(Hello(PROTOCOL_VERSION, "fuzz")))
    for _ in range(draw.randrange(1, MOST_FRAMES)):
        writer.write(bad_frames.harmless(draw))
        load.sent += 1
    end = draw.choices(["heard", "fatal", "left"], [60, 35, 5])[0]
    if end == "fatal":
        writer.write(bad_frames.fatal(draw))
        load.sent += 1
    elif end == "heard" and greeted:
        await _heard(reader, writer, LAST + draw.randrange(2**20))
    if end == "fatal" or (end == "heard" and not greeted):
        await _ended(reader)
    load.came[end if greeted else f"{end}, without a Hello"] += 1


async def _heard(reader, writer, number):
    """The engine still answers on this connection."""
    writer.write(_message(Count(number, ("ab",))))
    while True:
        answer = await _next(reader)
        if struct.pack("!BQ", 0xCF, number) in answer:
            assert msgpack.unpackb(answer)["type"] in ("Counts", "Failure")
            return


async def _ended(reader):
    with contextlib.suppress(*GONE):
        while await reader.read(2**16):
            pass


async def _next(reader):
    """The payload of the next frame, whatever it is."""
    _, size = await reader.readexactly(2)
    if size == 126:
        [size] = struct.unpack("!H", await reader.readexactly(2))
    elif size == 127:
        [size] = struct.unpack("!Q", await reader.readexactly(8))
    return await reader.readexactly(size)


def _message(message):
    return bad_frames.frame(bad_frames.BINARY, wire.encode(message))


async def browse(load, draw):
    """One connection, and requests over it for as long as it goes on."""
    good = load.place.authorization
    tokens = [good, good, good, None, b"Bearer dg_" + b"A" * 43, b"Bearer \xe9", b"Basic eDp5"]
    async with _connected(load.place) as (reader, writer):
        for _ in range(MOST_FRAMES):
            asked = bad_requests.asked(draw, tokens)
            load.sent += 1
            try:
                status = await _exchange(draw, asked, reader, writer)
            except GONE:
                status = "closed"
            load.came[status] += 1
            if status == 200 and good and asked.whole and good not in asked.pieces[0]:
                load.let_in.append(asked.pieces)
            if not asked.whole or status in ("closed", "left"):
                return


async def _exchange(draw, asked, reader, writer):
    """The status; of the first answer, where there may be several."""
    for piece in asked.pieces:
        writer.write(piece)
        await writer.drain()
    if asked.unended and draw.random() < 0.8:
        return "left"
    line = await reader.readline()
    if not line:
        return "closed"
    assert line.startswith(b"HTTP/1.1 "), line
    if asked.whole:
        await _rest(reader, asked.headless)
    return int(line.split()[1])


async def _rest(reader, headless):
    fields = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b"transfer-encoding: chunked" in fields:
        await reader.readuntil(b"0\r\n\r\n")
    elif not headless and b"content-length: " in fields:
        await reader.readexactly(int(fields.split(b"content-length: ")[1].split(b"\r\n")[0]))
