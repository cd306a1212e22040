"""One websocket to an engine: requests out, each reply to the one who waits for it."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Coroutine, Sequence
from typing import Any, Self

from attrs import evolve
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from diffgem_engine import wire
from diffgem_engine.endpoint import Endpoint
from diffgem_engine.protocol import (
    Answer,
    Cancel,
    Count,
    Counts,
    EngineMessage,
    Failure,
    Infill,
    Progress,
    Queued,
    Request,
    Result,
    Review,
    Reviewed,
    Welcome,
)
from diffgem_lsp.engine.access import BY_ENVIRONMENT, Access
from diffgem_lsp.engine.api import ProgressListener
from diffgem_lsp.engine.dial import decode, dial
from diffgem_lsp.engine.errors import EngineLost, RequestRefused
from diffgem_lsp.engine.in_flight import AheadListener
from diffgem_lsp.engine.pending import Pending

log = logging.getLogger(__name__)

LEAVING_S = 60.0  # for an engine that shuts down to be gone: it gives itself less than half
MOST_LOGGED = 200  # characters of what an engine says


class EngineConnection:
    """Made by `open`.  Once the engine is gone every request fails with EngineLost."""

    def __init__(self, socket: ClientConnection, welcome: Welcome) -> None:
        self.welcome = welcome
        self.answered = False  # it has filled, counted or reviewed something
        self._socket = socket
        self._ids = itertools.count(1)
        self._pending: dict[int, Pending] = {}
        self._draining = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, endpoint: Endpoint, access: Access = BY_ENVIRONMENT) -> Self:
        """Raises what `dial` raises."""
        return cls(*await dial(endpoint, access))

    @property
    def alive(self) -> bool:
        """Whether it takes new requests; those in flight may outlive that."""
        return not (self._draining or self._reader.done())

    async def infill(
        self,
        request: Infill,
        on_progress: ProgressListener | None,
        on_ahead: AheadListener | None = None,
    ) -> Result:
        """The id is chosen here.  Cancelling it tells the engine and drops the late reply.
        `on_ahead` hears how many go first.

        Raises EngineLost, RequestRefused.
        """
        request = evolve(request, id=next(self._ids), progress=on_progress is not None)
        reply = await self._ask(request, on_progress, on_ahead)
        if not isinstance(reply, Result):
            raise _misfit(reply)
        return reply

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        """How many tokens each text has.  Raises and is cancelled as `infill` is."""
        reply = await self._ask(Count(next(self._ids), tuple(texts)))
        if not isinstance(reply, Counts) or len(reply.tokens) != len(texts):
            raise _misfit(reply)
        return reply.tokens

    async def review(self, request: Review, on_ahead: AheadListener | None = None) -> Reviewed:
        """The id is chosen here.  Raises and is cancelled as `infill` is."""
        reply = await self._ask(evolve(request, id=next(self._ids)), None, on_ahead)
        if not isinstance(reply, Reviewed):
            raise _misfit(reply)
        return reply

    async def _ask(
        self,
        request: Request,
        on_progress: ProgressListener | None = None,
        on_ahead: AheadListener | None = None,
    ) -> Answer:
        frame = _request_frame(request)
        if not self.alive:
            raise EngineLost("the engine is gone")
        reply: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        pending = Pending(reply, on_progress, on_ahead)
        self._pending[request.id] = pending
        try:
            await self._send(frame)
            return await pending.reply
        except asyncio.CancelledError:
            self._cancel(request.id)
            raise
        finally:
            del self._pending[request.id]

    async def wait_closed(self) -> None:
        """Until the engine is gone or `close` was called."""
        await asyncio.wait({self._reader})

    async def close(self) -> None:
        await self._socket.close()
        await self.wait_closed()
        await asyncio.gather(*self._tasks)

    async def _send(self, frame: bytes) -> None:
        # if the engine is gone, the reader notices and fails whoever waits
        with contextlib.suppress(ConnectionClosed):
            await self._socket.send(frame)

    def _cancel(self, request_id: int) -> None:
        # a task of its own: the caller's is being cancelled and should not wait for the socket
        self._later(self._send(wire.encode(Cancel(request_id))))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _read(self) -> None:
        """Until the connection ends, however it does; then fail whoever still waits."""
        reason = "the engine is gone"
        try:
            async for frame in self._socket:
                self._dispatch(decode(frame))
        except ConnectionClosed:
            pass
        except wire.MessageError as error:
            reason = f"the engine sent what cannot be read: {error}; restart it"
            log.warning(reason)
            await self._socket.close(1002)
        finally:
            for pending in self._pending.values():
                pending.fail(EngineLost(reason))

    def _dispatch(self, message: EngineMessage) -> None:
        if isinstance(message, Welcome) or message.id is None:
            log.warning("unexpected message from the engine: %.*r", MOST_LOGGED, str(message))
            return
        pending = self._pending.get(message.id)
        if pending is None or pending.reply.done():  # a late reply to who gave up
            return
        match message:
            case Progress():
                pending.progresses(message)
            case Queued():
                pending.waits(message.ahead)
            case Failure():
                pending.fail(self._refusal(message))
            case Result() | Counts() | Reviewed():
                self.answered = True
                pending.reply.set_result(message)

    def _refusal(self, failure: Failure) -> Exception:
        if failure.code != "draining":
            return RequestRefused(failure.code, failure.message, failure.retry_after_s)
        if not self._draining:
            self._draining = True
            self._later(self._leave())
        return EngineLost(failure.message)

    async def _leave(self) -> None:
        """Whoever asks meanwhile waits for the next engine, and this one may hang."""
        await asyncio.wait({self._reader}, timeout=LEAVING_S)
        await self._socket.close()


def _request_frame(request: Request) -> bytes:
    try:
        frame = wire.encode(request)
    except wire.MessageError as error:
        raise RequestRefused("bad-message", str(error)) from error
    if len(frame) > wire.MAX_FRAME:
        sizes = f"{len(frame):,} bytes, {wire.MAX_FRAME:,} at most"
        raise RequestRefused("too-large", f"the request is too large: {sizes}; ask with less text")
    return frame


def _misfit(reply: Answer) -> EngineLost:
    what = type(reply).__name__
    return EngineLost(f"the engine gave another answer than was asked for, {what}: restart it")
