"""A backend that does what the request's prefix says, and websocket helpers."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from websockets.asyncio.client import ClientConnection, unix_connect

from diffgem_engine import wire
from diffgem_engine.backends import ProgressSink, RequestError
from diffgem_engine.endpoint import WS_PATH
from diffgem_engine.protocol import (
    PROTOCOL_VERSION,
    Candidate,
    EngineMessage,
    Hello,
    Hole,
    Infill,
    Progress,
    Result,
    Review,
    Reviewed,
    ReviewedToken,
    Welcome,
)


class FakeBackend:
    """`hang` never ends, `wait` ends with `release.set()`, `fifo:PATH` ends when someone writes
    there, `copied` is a draft that won, `copied now` one that took no step, `boom` raises, `refuse`
    refuses, `surrogate` answers what cannot be sent, `break down` breaks the backend, `path`,
    `drafts` and `haste` answer with the request's; any other prefix comes back in capitals.  It
    counts characters, but of `hang` and `boom`; of code to review it would have each character
    in capitals."""

    def __init__(self, most_at_once: int = 1024) -> None:
        self.most_at_once = most_at_once
        self.started: asyncio.Queue[int] = asyncio.Queue()
        self.cancelled: asyncio.Queue[int] = asyncio.Queue()
        self.release = asyncio.Event()
        self.sinks: list[ProgressSink | None] = []
        self.broken = False
        self.closed = False
        self.welcome = Welcome(
            protocol=PROTOCOL_VERSION,
            engine="0",
            model=f"fake-{os.getpid()}",
            device="cpu",
            dtype="float32",
            max_slots=256,
            prompt_tokens=1024,
            hole_slots=512,
        )

    def when_broken(self, call) -> None:
        self.break_down = call

    async def infill(self, request: Infill, on_progress: ProgressSink | None) -> Result:
        self.started.put_nowait(request.id)
        self.sinks.append(on_progress)
        if request.prefix == "copied now":
            return Result(request.id, (Candidate(("NOW",), 0.5, "draft"),), 0, 3, 1, 0.1, 0.2, 0.3)
        if on_progress is not None:
            on_progress(Progress(request.id, 1, ("a", "b"), "an"))
        try:
            text = await self._text(request.prefix, request)
        except asyncio.CancelledError:
            self.cancelled.put_nowait(request.id)
            raise
        if on_progress is not None:
            on_progress(Progress(request.id, 2, ("a", "c"), "aa"))
        origin = "draft" if request.prefix == "copied" else "denoised"
        return Result(request.id, (Candidate((text,), 0.5, origin),), 2, 3, 1, 0.1, 0.2, 0.3)

    async def review(self, request: Review) -> Reviewed:
        self.started.put_nowait(request.id)
        try:
            better = await self._text(request.code)
        except asyncio.CancelledError:
            self.cancelled.put_nowait(request.id)
            raise
        pairs = zip(request.code, better, strict=True)
        tokens = tuple(ReviewedToken(own, 0.25, capital, 0.5) for own, capital in pairs)
        return Reviewed(request.id, tokens, 3, 1, 0.1, 0.2, 0.3)

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        return tuple([len(await self._text(text)) for text in texts])

    async def close(self) -> None:
        self.closed = True

    async def _text(self, prefix: str, request: Infill | None = None) -> str:
        match prefix.split(":"):
            case ["hang"]:
                await asyncio.Event().wait()
            case ["wait"]:
                await self.release.wait()
            case ["boom"]:
                raise RuntimeError("a secret")
            case ["break down"]:
                self.broken = True
                self.break_down()
            case ["refuse"]:
                raise RequestError("bad-request", "the prompt is too long")
            case ["path"] if request is not None:
                return request.path
            case ["drafts"] if request is not None:
                return " | ".join(request.drafts)
            case ["haste"] if request is not None:
                return f"{request.priority} {request.deadline_ms}"
            case ["surrogate"]:
                return "\ud800"
            case ["fifo", place]:
                return await asyncio.to_thread(Path(place).read_text)
        return prefix.upper()


@contextlib.contextmanager
def short_folder() -> Iterator[Path]:
    """A 0700 folder whose name leaves room for a socket's; pytest's own may be too long."""
    with tempfile.TemporaryDirectory(prefix="dg-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def ask(request_id: int, prefix: str = "text", slots: int = 4, **fields: object) -> Infill:
    return Infill(request_id, prefix, "", (Hole(slots),), **fields)


async def say(socket: ClientConnection, *messages: Hello | Infill | object) -> None:
    for message in messages:
        await socket.send(wire.encode(message))


async def hear(socket: ClientConnection) -> EngineMessage:
    async with asyncio.timeout(10):
        frame = await socket.recv()
    assert isinstance(frame, bytes)
    return wire.decode_engine(frame)


@contextlib.asynccontextmanager
async def raw_client(path: Path) -> AsyncIterator[ClientConnection]:
    """A client that has not said Hello yet."""
    async with unix_connect(
        str(path), f"ws://localhost{WS_PATH}", compression=None, max_size=None
    ) as socket:
        yield socket


@contextlib.asynccontextmanager
async def greeted_client(path: Path) -> AsyncIterator[ClientConnection]:
    async with raw_client(path) as socket:
        await say(socket, Hello(PROTOCOL_VERSION, "test"))
        assert isinstance(await hear(socket), Welcome)
        yield socket
