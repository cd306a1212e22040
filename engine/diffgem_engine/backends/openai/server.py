"""One server over HTTP: every reply bounded in bytes and in seconds, every failure an
UpstreamError.
"""

import contextlib
import copy
import os
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
import httpx
from attrs import frozen

from diffgem_engine.backends.openai.calls import Calls
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
from diffgem_engine.backends.openai.stream import Events, StreamError, read_object

MOST_BYTES = 8 << 20  # of a reply; a canvas' log probabilities take some tens of kilobytes
MOST_OF_REASON = 1 << 16  # bytes of a refusal
BUSY = frozenset((429, 503))
GATEWAY = frozenset((502, 504))
TO_ALL = frozenset((401, 403, 404, 405))  # said of who asks and of where, not of what is asked
Take = Callable[[dict[str, Any]], bool]  # of an event: whether that is enough


@frozen
class Patience:
    """Seconds."""

    connect_s: float = 2.0
    silent_s: float = 30.0  # between two pieces of a reply, and before the first
    whole_s: float = 120.0


class Server:
    """Cancelling a call closes its connection, which ends the work at the other end."""

    def __init__(
        self,
        url: str,
        key: str | None = None,
        patience: Patience | None = None,
        authority: ssl.SSLContext | None = None,
    ) -> None:
        """`url` has passed `checked_url`; `authority` is who vouches for its certificate."""
        self.url, self.patience = url, patience or Patience()
        self._calls = Calls()
        self._headers: dict[str, str] = {}
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={
                "Accept-Encoding": "identity",  # a few bytes may be a gigabyte, compressed
                **({"Authorization": f"Bearer {key}"} if key else {}),
            },
            timeout=httpx.Timeout(self.patience.silent_s, connect=self.patience.connect_s),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
            verify=authority or True,
            follow_redirects=False,  # text and key go to who is configured,
            trust_env=False,  # and through nobody else
        )

    def named(self, trace: str) -> "Server":
        """The same server, which hears by what name its requests are known here."""
        if not trace:
            return self
        other = copy.copy(self)
        other._headers = {"X-Request-Id": trace}
        return other

    async def answers(self, path: str) -> None:
        """It says so by the status of a GET; raises UpstreamError for another one."""
        await self._calls.run(self._answers(path))

    async def json(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """The object that it answers.  Raises UpstreamError."""
        return await self._calls.run(self._json(method, path, body))

    async def stream(self, path: str, body: object, take: Take) -> bool:
        """Give every event to `take`, until it has enough; whether the stream said that it ended.

        Raises UpstreamError.
        """
        return await self._calls.run(self._stream(path, body, take))

    async def close(self) -> None:
        await self._calls.end()
        await self._http.aclose()

    async def _answers(self, path: str) -> None:
        async with self._reply("GET", path, None):
            pass

    async def _json(self, method: str, path: str, body: object) -> dict[str, Any]:
        whole = bytearray()
        async with self._reply(method, path, body) as reply:
            async for chunk in reply.aiter_raw():
                whole += chunk
                self._check_size(len(whole))
        try:
            return read_object(bytes(whole))
        except StreamError as error:
            raise Garbled(self.url, f"{error}{_kind(reply)}") from None

    async def _stream(self, path: str, body: object, take: Take) -> bool:
        events, size = Events(), 0
        async with self._reply("POST", path, body) as reply:
            async for chunk in reply.aiter_raw():
                size += len(chunk)
                self._check_size(size)
                if self._fed(events, chunk, take):
                    return True
        if not events.any:
            raise Garbled(self.url, f"streams no event{_kind(reply)}")
        return events.done

    def _fed(self, events: Events, chunk: bytes, take: Take) -> bool:
        try:
            return any(take(event) for event in events.feed(chunk)) or events.done
        except StreamError as error:
            raise Garbled(self.url, str(error)) from None

    @contextlib.asynccontextmanager
    async def _reply(self, method: str, path: str, body: object) -> AsyncIterator[httpx.Response]:
        """Its status is fine; its body is still to be read."""
        answered = False
        try:
            with anyio.fail_after(self.patience.whole_s):
                sent = self._http.stream(method, path, json=body, headers=self._headers)
                async with sent as reply:
                    answered = True
                    await self._check_status(reply)
                    yield reply
        except TimeoutError:
            whole = self.patience.whole_s
            raise Garbled(self.url, f"has not come to an end within {whole:g} s") from None
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _unconnected(self.url, error) from error
        except httpx.TimeoutException as error:
            silent = self.patience.silent_s
            raise Garbled(self.url, f"has said nothing for {silent:g} s") from error
        except httpx.TransportError as error:
            raise self._cut_off(answered, error) from error

    def _cut_off(self, answered: bool, error: Exception) -> Garbled | Unreachable:
        name = type(error).__name__
        if answered:
            return Garbled(self.url, f"broke off in the middle of an answer ({name})")
        return Unreachable(self.url, f"closed the connection without an answer ({name})")

    async def _check_status(self, reply: httpx.Response) -> None:
        status, wait_s = reply.status_code, _retry_after(reply)
        if status in BUSY:
            raise Busy(self.url, f"is busy (HTTP {status})", wait_s)
        if status in GATEWAY:
            raise Unreachable(self.url, f"stands before a server that is away (HTTP {status})")
        if 300 <= status < 400:
            raise Redirected(self.url, f"leads elsewhere (HTTP {status}), which is not followed")
        if 400 <= status < 500:
            why = await self._reason(reply)
            if status in TO_ALL:
                raise TurnedAway(self.url, status, why, reply.request.url.path)
            raise Refused(self.url, status, why)
        if status != 200:
            raise Garbled(self.url, f"answers HTTP {status}")
        if reply.headers.get("content-encoding", "identity") != "identity":
            raise Garbled(self.url, "compresses an answer that was to come plain")

    async def _reason(self, reply: httpx.Response) -> str:
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

    def _check_size(self, size: int) -> None:
        if size > MOST_BYTES:
            raise Garbled(self.url, f"answers more than {MOST_BYTES >> 20} MiB")


def _unconnected(url: str, error: httpx.TransportError) -> UpstreamError:
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


def _kind(reply: httpx.Response) -> str:
    """As it calls what it sent."""
    kind = in_words(reply.headers.get("content-type", ""))
    return f" ({kind})" if kind else ""


def _retry_after(reply: httpx.Response) -> float | None:
    """In seconds; a date is as good as nothing."""
    said = reply.headers.get("retry-after", "")
    return min(float(said), 3600.0) if said.isdecimal() else None
