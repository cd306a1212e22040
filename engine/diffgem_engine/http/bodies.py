"""No body of a request is larger than a message may be."""

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diffgem_engine import wire
from diffgem_engine.backends import RequestError
from diffgem_engine.http import errors
from diffgem_engine.http.reading import trace_of


class TooLarge(RequestError):
    """Raised where the body is read."""

    def __init__(self, most: int) -> None:
        super().__init__("too-large", f"the body is too large: send {most:,} bytes at most")


class TwoLengths(RequestError):
    """Of one body: a proxy may go by the other, and take its end for another request."""

    def __init__(self) -> None:
        super().__init__("bad-framing", "the body has a length and is chunked: say one of them")


class BoundedBodies:
    """Answers 413 as soon as a body is known to be too large, and reads no more of it."""

    def __init__(self, app: ASGIApp, most: int = wire.MAX_FRAME) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            self._check(_announced(scope))
            await self._app(scope, self._counted(receive), note)
        except (TooLarge, TwoLengths) as error:
            if not started:
                answer = errors.response(error, trace_of(Request(scope)))
                await answer(scope, receive, send)

    def _counted(self, receive: Receive) -> Receive:
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            self._check(read)
            return message

        return counted

    def _check(self, size: int) -> None:
        if size > self._most:
            raise TooLarge(self._most)


def _announced(scope: Scope) -> int:
    """By the header, which the HTTP parser has checked; 0 where it says nothing."""
    headers = Headers(scope=scope)
    if "transfer-encoding" in headers and "content-length" in headers:
        raise TwoLengths
    return int(headers.get("content-length", "0"))
