"""No body of a request is larger than a message may be."""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diffgem_engine import wire


class _TooLarge(Exception):
    pass


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
        except _TooLarge:
            if not started:
                await self._refuse(scope, receive, send)

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
            raise _TooLarge

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = PlainTextResponse(
            f"the body is too large: {self._most:,} bytes at most\n", 413, {"Connection": "close"}
        )
        await answer(scope, receive, send)


def _announced(scope: Scope) -> int:
    """By the header, which the HTTP parser has checked; 0 where it says nothing."""
    return int(Headers(scope=scope).get("content-length", "0"))
