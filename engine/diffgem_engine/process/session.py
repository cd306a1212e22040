"""One client's conversation over a websocket."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial
from typing import Never

from starlette.websockets import WebSocket, WebSocketDisconnect

from diffgem_engine import wire
from diffgem_engine.access.users import User, one_of_many
from diffgem_engine.backends.base import ProgressSink, RequestError, draining, failed_here
from diffgem_engine.process.outbox import MAX_UNSENT, Outbox
from diffgem_engine.protocol import (
    Answer,
    Cancel,
    ClientMessage,
    Count,
    Failure,
    Hello,
    Infill,
    Progress,
    Queued,
    Request,
    Review,
)
from diffgem_engine.serving.observed import ObservedFront

MAX_IN_FLIGHT = 64  # requests of one client
MAX_NAME = 80  # characters of what a client calls itself, in the log
HELLO_S = 10.0

log = logging.getLogger(__name__)


class _Hangup(Exception):
    """The conversation cannot go on: say why, then close with `close_code`."""

    def __init__(self, failure: Failure, close_code: int) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.close_code = close_code


class Session:
    """Frames in; exactly one answer or Failure out for each request, while the client is there.

    `on_broken` is called when a request failed because the backend can fill nothing any more.
    """

    def __init__(
        self, socket: WebSocket, user: User, front: ObservedFront, on_broken: Callable[[], None]
    ) -> None:
        self._socket = socket
        self._user = one_of_many(user)
        self._front = front
        self._on_broken = on_broken
        self._draining = False
        self._given_up = False
        self._live: dict[int, asyncio.Task[Answer]] = {}
        self._unbegun: set[int] = set()  # those whose task has not run yet
        self._outbox = Outbox(socket)

    @property
    def active(self) -> int:
        return len(self._live)

    async def run(self) -> None:
        """Serve the client until either side ends the conversation; its work ends with it."""
        await self._socket.accept()
        writer = asyncio.create_task(self._outbox.write())
        try:
            await self._converse()
        except WebSocketDisconnect:
            pass
        except _Hangup as hangup:
            await self._part(hangup)
        finally:
            await self._abandon()
            writer.cancel()

    def refuse_new(self) -> None:
        """From now on the answer to a new request is a Failure "draining"."""
        self._draining = True

    def give_up(self) -> None:
        """Cancel the requests in flight on the engine's behalf: they fail as "draining"."""
        self._given_up = True
        for work in self._live.values():
            work.cancel()

    async def finish(self) -> None:
        """Wait until the requests in flight are answered and the answers are sent."""
        if self._live:
            await asyncio.wait(self._live.values())
        await self._outbox.sent()

    async def _converse(self) -> None:
        await self._greet()
        while True:
            try:
                message = wire.decode_client(await self._receive())
            except wire.MessageError as error:
                self._outbox.put(Failure(error.request_id, error.code, str(error)))
            else:
                self._handle(message)
            if self._outbox.unsent > MAX_UNSENT:
                await self._outbox.sent()

    async def _greet(self) -> None:
        try:
            async with asyncio.timeout(HELLO_S):
                message = wire.decode_client(await self._receive())
        except wire.MessageError as error:
            _hang_up(1002, error.code, str(error))
        except TimeoutError:
            _hang_up(1002, "bad-message", f"no Hello within {HELLO_S:g} s: send it first")
        if not isinstance(message, Hello):
            _hang_up(1002, "bad-message", f"expected Hello first, got {type(message).__name__}")
        log.info("client %.*r connected", MAX_NAME, message.client)
        self._outbox.put(self._front.welcome)

    async def _receive(self) -> bytes:
        event = await self._socket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1005))
        frame = event.get("bytes")
        if not isinstance(frame, bytes):
            _hang_up(1003, "bad-message", "text frame: send msgpack in binary frames")
        if len(frame) > wire.MAX_FRAME:
            _hang_up(
                1009, "too-large", f"frame of {len(frame)} bytes: send at most {wire.MAX_FRAME}"
            )
        return frame

    def _handle(self, message: ClientMessage) -> None:
        match message:
            case Infill() | Count() | Review():
                self._start(message)
            case Cancel():
                # an unknown id is one whose answer crossed the Cancel on the way
                if work := self._live.get(message.id):
                    work.cancel()
            case Hello():
                self._outbox.put(Failure(None, "bad-message", "Hello was already said"))

    def _start(self, request: Request) -> None:
        try:
            self._admit(request)
        except RequestError as error:
            self._front.turned_away(self._user, request, error.code)
            self._outbox.put(_failure(request, error, self._user))
            return
        work = asyncio.create_task(self._answer(request))
        self._live[request.id] = work
        self._unbegun.add(request.id)
        work.add_done_callback(partial(self._settle, request))

    async def _answer(self, request: Request) -> Answer:
        self._unbegun.discard(request.id)
        user, tell = self._user, self._teller()
        match request:
            case Count():
                return await self._front.count(user, request)
            case Review():
                return await self._front.review(user, request, _ahead(request, tell))
            case Infill():
                progress: ProgressSink | None = tell if request.progress else None
                return await self._front.infill(user, request, _ahead(request, tell), progress)

    def _teller(self) -> Callable[[Progress | Queued], None]:
        """For the request whose task this is called in."""
        work = asyncio.current_task()

        def tell(news: Progress | Queued) -> None:
            # late ones of a cancelled request are none of the request that has its id now
            if self._live.get(news.id) is work and self._outbox.unsent < MAX_UNSENT:
                self._outbox.put(news)

        return tell

    def _admit(self, request: Request) -> None:
        if self._draining:
            raise draining()
        if request.id in self._live:
            raise RequestError(
                "bad-request", f"id {request.id} is already in flight: give each request another"
            )
        if len(self._live) >= MAX_IN_FLIGHT:
            raise RequestError(
                "bad-request",
                f"{MAX_IN_FLIGHT} requests are already in flight: wait for one to end",
            )

    def _settle(self, request: Request, work: asyncio.Task[Answer]) -> None:
        request_id = request.id
        del self._live[request_id]
        if request_id in self._unbegun:  # cancelled in the breath that asked it
            self._unbegun.discard(request_id)
            self._front.turned_away(self._user, request, "cancelled")
        if not work.cancelled():
            error = work.exception()
            answer = work.result() if error is None else _failure(request, error, self._user)
            self._outbox.put(answer)
        elif self._given_up:
            self._outbox.put(_failure(request, draining(), self._user))
        else:
            self._outbox.put(Failure(request_id, "cancelled", "cancelled by the client"))
        if self._front.broken:
            self._on_broken()

    async def _part(self, hangup: _Hangup) -> None:
        self._outbox.put(hangup.failure)
        await self._outbox.sent()
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # it may be gone by now
            await self._socket.close(hangup.close_code, hangup.failure.code)

    async def _abandon(self) -> None:
        self.give_up()
        await asyncio.gather(*self._live.values(), return_exceptions=True)


def _ahead(request: Infill | Review, tell: Callable[[Queued], None]) -> Callable[[int], None]:
    return lambda ahead: tell(Queued(request.id, ahead))


def _failure(request: Request, error: BaseException, user: User) -> Failure:
    if isinstance(error, RequestError):
        return Failure(request.id, error.code, error.message, error.retry_after_s)
    trace = getattr(request, "trace", "")
    known = {"request": request.id, "trace": trace, "user": user.name}
    log.error("request %d failed", request.id, exc_info=error, extra=known)
    told = failed_here(error)
    return Failure(request.id, told.code, told.message)


def _hang_up(close_code: int, code: str, message: str) -> Never:
    raise _Hangup(Failure(None, code, message), close_code)
