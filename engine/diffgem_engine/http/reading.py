"""A request's head and body, within limits."""

import asyncio
import secrets

from starlette.requests import ClientDisconnect, Request

from diffgem_engine.backends import RequestError
from diffgem_engine.serving.validation import TRACE

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
    """Raises RequestError; how large it may be is seen to before."""
    try:
        async with asyncio.timeout(within_s):
            return await request.body()
    except TimeoutError as error:
        raise RequestError(
            "too-slow", f"the body did not come within {within_s:g} s: send it at once"
        ) from error
    except ClientDisconnect as error:
        raise RequestError("cancelled", "the client has left, or its body breaks off") from error


async def gone(request: Request) -> None:
    """Wait until the client has left; its body was read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
