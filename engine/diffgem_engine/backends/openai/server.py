"""One server over HTTP: every reply bounded in bytes and in seconds, every failure an
UpstreamError.
"""

import asyncio
import contextlib
import copy
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
from attrs import frozen

from diffgem_engine.backends.openai.errors import Busy, Garbled, Refused, Unreachable
from diffgem_engine.backends.openai.stream import Events, StreamError, read_object

MOST_BYTES = 8 << 20  # of a reply; a canvas' log probabilities take some tens of kilobytes
MOST_REASON = 300  # characters of what a server says of its refusal
BUSY = frozenset((429, 503))
GATEWAY = frozenset((502, 504))
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
        self.url, self._patience = url, patience or Patience()
        self._headers: dict[str, str] = {}
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(self._patience.silent_s, connect=self._patience.connect_s),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
            verify=authority or True,
            trust_env=False,  # text goes to who is configured, and through nobody else
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
        async with self._reply("GET", path, None):
            pass

    async def json(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """The object that it answers.  Raises UpstreamError."""
        whole = bytearray()
        async with self._reply(method, path, body) as reply:
            async for chunk in reply.aiter_bytes():
                whole += chunk
                self._check_size(len(whole))
        try:
            return read_object(bytes(whole))
        except StreamError as error:
            raise Garbled(self.url, str(error)) from None

    async def stream(self, path: str, body: object, take: Take) -> bool:
        """Give every event to `take`, until it has enough; whether the stream said that it ended.

        Raises UpstreamError.
        """
        events, size = Events(), 0
        async with self._reply("POST", path, body) as reply:
            async for chunk in reply.aiter_bytes():
                size += len(chunk)
                self._check_size(size)
                if self._fed(events, chunk, take):
                    return True
        return events.done

    def _fed(self, events: Events, chunk: bytes, take: Take) -> bool:
        try:
            return any(take(event) for event in events.feed(chunk)) or events.done
        except StreamError as error:
            raise Garbled(self.url, str(error)) from None

    async def close(self) -> None:
        await self._http.aclose()

    @contextlib.asynccontextmanager
    async def _reply(self, method: str, path: str, body: object) -> AsyncIterator[httpx.Response]:
        """Its status is fine; its body is still to be read."""
        answered = False
        try:
            async with (
                asyncio.timeout(self._patience.whole_s),
                self._http.stream(method, path, json=body, headers=self._headers) as reply,
            ):
                answered = True
                await self._check_status(reply)
                yield reply
        except TimeoutError:
            whole = self._patience.whole_s
            raise Garbled(self.url, f"has not come to an end within {whole:g} s") from None
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unreachable(self.url, f"cannot be reached ({type(error).__name__})") from error
        except httpx.TimeoutException as error:
            silent = self._patience.silent_s
            raise Garbled(self.url, f"has said nothing for {silent:g} s") from error
        except (httpx.TransportError, httpx.DecodingError) as error:
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
        if 400 <= status < 500:
            raise Refused(self.url, status, await self._reason(reply))
        if status != 200:
            raise Garbled(self.url, f"answers HTTP {status}")

    async def _reason(self, reply: httpx.Response) -> str:
        """In the server's words, where they are few."""
        said = b""
        async for chunk in reply.aiter_bytes():
            said += chunk
            if len(said) > 1 << 16:
                break
        try:
            found = read_object(said)
        except StreamError:
            return "it does not say why"
        inner = found.get("error", found)
        message = inner.get("message") if isinstance(inner, dict) else inner
        return " ".join(str(message or found.get("detail") or "no reason").split())[:MOST_REASON]

    def _check_size(self, size: int) -> None:
        if size > MOST_BYTES:
            raise Garbled(self.url, f"answers more than {MOST_BYTES >> 20} MiB")


def _retry_after(reply: httpx.Response) -> float | None:
    """In seconds; a date is as good as nothing."""
    said = reply.headers.get("retry-after", "")
    return min(float(said), 3600.0) if said.isdecimal() else None
