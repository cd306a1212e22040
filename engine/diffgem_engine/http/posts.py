"""What is posted, from its head to its answer."""

import contextlib
from collections.abc import Callable

from attrs import frozen
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from diffgem_engine.access.users import User
from diffgem_engine.backends import ProgressSink
from diffgem_engine.http import errors
from diffgem_engine.http.answered import NOTHING, Answered, Measure, read
from diffgem_engine.http.asked import infill_of
from diffgem_engine.http.exchange import Exchange, Withdrawn
from diffgem_engine.http.fields import Fields
from diffgem_engine.http.reading import body_of, refuse_browsers, trace_of
from diffgem_engine.http.shapes import Reads, Shape
from diffgem_engine.http.streaming import Stream
from diffgem_engine.protocol import Hole
from diffgem_engine.serving.lifecycle import Lifecycle
from diffgem_engine.serving.observed import ObservedFront
from diffgem_engine.serving.turnstile import AheadSink

UserOf = Callable[[HTTPConnection], User]  # raises RequestError


@frozen
class Facade:
    """`measure` counts tokens of what the engine has just written, once for each request that was
    let in.  It is no request of the user's, whose rate it would cost twice.
    """

    front: ObservedFront
    lifecycle: Lifecycle
    user_of: UserOf
    withdrawn: Withdrawn
    measure: Measure


class Post:
    """An ASGI application for one shape."""

    def __init__(self, facade: Facade, reads: Reads) -> None:
        self._facade, self._reads = facade, reads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        exchange = Exchange(request, self._facade.withdrawn)
        trace = trace_of(request)
        with self._facade.lifecycle.hosting(exchange):
            try:
                response = await self._response(request, exchange, trace)
                # whoever is gone reads no answer
                with contextlib.suppress(OSError, ClientDisconnect):
                    await response(scope, receive, send)
            finally:
                await exchange.end()
        if self._facade.front.broken:
            self._facade.lifecycle.end()

    async def _response(self, request: Request, exchange: Exchange, trace: str) -> Response:
        asking = errors.Asking(trace)
        try:
            refuse_browsers(request)
            user = self._facade.user_of(request)
            asking = errors.Asking(trace, user.name)
            shape = self._reads(Fields(await body_of(request)))
            return await self._answer(user, shape, exchange, trace)
        except Exception as error:
            return errors.response(errors.said(error, asking), trace)

    async def _answer(self, user: User, shape: Shape, exchange: Exchange, trace: str) -> Response:
        headers = {"X-Request-Id": trace}
        model = self._facade.front.welcome.model
        if not shape.asked.stream:
            work = exchange.begin(self._ask(user, shape, trace, _untold, None))
            return JSONResponse(shape.whole(await exchange.result(work)), headers=headers)
        stream = Stream(shape, model, errors.Asking(trace, user.name))
        work = exchange.begin(self._ask(user, shape, trace, stream.ahead, stream.progress))
        await stream.begun(work)
        headers["Cache-Control"] = "no-cache"
        events = stream.events(exchange, work)
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    async def _ask(
        self,
        user: User,
        shape: Shape,
        trace: str,
        on_ahead: AheadSink,
        on_progress: ProgressSink | None,
    ) -> Answered:
        front, asked = self._facade.front, shape.asked
        if asked.nothing:
            return Answered(front.welcome.model, (NOTHING,), None, trace)
        infill = infill_of(asked, front.welcome, trace)
        result = await front.infill(user, infill, on_ahead, on_progress)
        room = sum(each.slots for each in infill.canvas if isinstance(each, Hole))
        texts = await read(asked, result, room, self._facade.measure)
        return Answered(front.welcome.model, texts, result, trace)


def _untold(_count: int) -> None:
    """Nobody hears of the queue before the answer."""
