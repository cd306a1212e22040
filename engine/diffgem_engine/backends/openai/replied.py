"""What a reply, or none, says of a server: each failure as an UpstreamError, in words."""

import os
import ssl

import httpx

from diffgem_engine.backends.openai.errors import (
    Busy,
    Garbled,
    Redirected,
    Refused,
    TurnedAway,
    Unreachable,
    Untrusted,
    UpstreamError,
)
from diffgem_engine.backends.openai.said import in_words
from diffgem_engine.backends.openai.stream import StreamError, read_object

MOST_OF_REASON = 1 << 16  # bytes of a refusal
BUSY = frozenset((429, 503))
GATEWAY = frozenset((502, 504))
TO_ALL = frozenset((401, 403, 404, 405))  # said of who asks and of where, not of what is asked


async def check_status(url: str, reply: httpx.Response) -> None:
    """Raises UpstreamError, but for a reply that can be read."""
    status, wait_s = reply.status_code, _retry_after(reply)
    if status in BUSY:
        raise Busy(url, f"is busy (HTTP {status})", wait_s)
    if status in GATEWAY:
        raise Unreachable(url, f"stands before a server that is away (HTTP {status})")
    if 300 <= status < 400:
        raise Redirected(url, f"leads elsewhere (HTTP {status}), which is not followed")
    if 400 <= status < 500:
        why = await _reason(reply)
        if status in TO_ALL:
            raise TurnedAway(url, status, why, reply.request.url.path)
        raise Refused(url, status, why)
    if status != 200:
        raise Garbled(url, f"answers HTTP {status}")
    if reply.headers.get("content-encoding", "identity") != "identity":
        raise Garbled(url, "compresses an answer that was to come plain")


async def _reason(reply: httpx.Response) -> str:
    """In the server's words, where they are few."""
    said = bytearray()
    async for chunk in reply.aiter_raw():
        said += chunk
        if len(said) > MOST_OF_REASON:
            return "it does not come to its reason"
    try:
        found = read_object(bytes(said))
    except StreamError:
        return "it does not say why"
    inner = found.get("error", found)
    message = inner.get("message") if isinstance(inner, dict) else inner
    return in_words(message or found.get("detail") or "it does not say why")


def cut_off(url: str, answered: bool, error: Exception) -> Garbled | Unreachable:
    name = type(error).__name__
    if answered:
        return Garbled(url, f"broke off in the middle of an answer ({name})")
    return Unreachable(url, f"closed the connection without an answer ({name})")


def unconnected(url: str, error: httpx.TransportError) -> UpstreamError:
    """What TLS and the system said is kept among the causes."""
    cause: BaseException | None = error
    why = type(error).__name__
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = in_words(cause.verify_message)
            return Untrusted(url, f"has a certificate that is not to be trusted ({why})")
        if isinstance(cause, ssl.SSLError):
            return Untrusted(url, f"speaks no TLS ({cause.reason})")
        if isinstance(cause, OSError) and cause.errno:  # one of a name's is below 0
            why = os.strerror(cause.errno) if cause.errno > 0 else in_words(cause.strerror or why)
        cause = cause.__cause__ or cause.__context__
    return Unreachable(url, f"cannot be reached ({why})")


def kind_of(reply: httpx.Response) -> str:
    """As it calls what it sent."""
    kind = in_words(reply.headers.get("content-type", ""))
    return f" ({kind})" if kind else ""


def _retry_after(reply: httpx.Response) -> float | None:
    """In seconds; a date is as good as nothing."""
    said = reply.headers.get("retry-after", "")
    return min(float(said), 3600.0) if said.isdecimal() else None
