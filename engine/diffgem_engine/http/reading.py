"""A request's head and body, within limits."""

import asyncio
import secrets

from starlette.requests import ClientDisconnect, Request

from diffgem_engine.backends import RequestError
from diffgem_engine.validation import TRACE
from diffgem_engine.wire import MAX_FRAME

BODY_S = 10.0  # to send it in


def trace_of(request: Request) -> str:
    """The client's `X-Request-Id`; another where it has none, or one that no log takes."""
    given = request.headers.get("x-request-id", "")
    return given if given and TRACE.fullmatch(given) else secrets.token_hex(8)


def refuse_browsers(request: Request) -> None:
    """Raise RequestError for a web page: only browsers send an Origin."""
    if "origin" in request.headers:
        raise RequestError("forbidden", "web pages may not ask the engine: remove Origin")


async def body_of(request: Request, within_s: float = BODY_S) -> bytes:
    """Raises RequestError and ClientDisconnect."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 12 or int(length) > MAX_FRAME:
        raise _too_large()
    try:
        async with asyncio.timeout(within_s):
            return await _read(request)
    except TimeoutError as error:
        raise RequestError("too-slow", f"the body did not come within {within_s:g} s") from error


async def gone(request: Request) -> None:
    """Wait until the client has left; its body was read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _read(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_FRAME:
            raise _too_large()
        parts.append(part)
    return b"".join(parts)


def _too_large() -> RequestError:
    return RequestError("too-large", f"the body may have {MAX_FRAME} bytes at most")


__all__ = ["BODY_S", "ClientDisconnect", "body_of", "gone", "refuse_browsers", "trace_of"]
