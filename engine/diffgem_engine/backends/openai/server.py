"""One server over HTTP: every reply bounded in bytes and in seconds, every failure an
UpstreamError.
"""

import contextlib
import copy
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
import httpx
from attrs import frozen

from diffgem_engine.backends.openai.calls import Calls
from diffgem_engine.backends.openai.errors import Garbled
from diffgem_engine.backends.openai.replied import check_status, cut_off, kind_of, unconnected
from diffgem_engine.backends.openai.stream import Events, StreamError, read_object

MOST_BYTES = 8 << 20  # of a reply; a canvas' log probabilities take some tens of kilobytes
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
            raise Garbled(self.url, f"{error}{kind_of(reply)}") from None

    async def _stream(self, path: str, body: object, take: Take) -> bool:
        events, size = Events(), 0
        async with self._reply("POST", path, body) as reply:
            async for chunk in reply.aiter_raw():
                size += len(chunk)
                self._check_size(size)
                if self._fed(events, chunk, take):
                    return True
        if not events.any:
            raise Garbled(self.url, f"streams no event{kind_of(reply)}")
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
                    await check_status(self.url, reply)
                    yield reply
        except TimeoutError:
            whole = self.patience.whole_s
            raise Garbled(self.url, f"has not come to an end within {whole:g} s") from None
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise unconnected(self.url, error) from error
        except httpx.TimeoutException as error:
            silent = self.patience.silent_s
            raise Garbled(self.url, f"has said nothing for {silent:g} s") from error
        except httpx.TransportError as error:
            raise cut_off(self.url, answered, error) from error

    def _check_size(self, size: int) -> None:
        if size > MOST_BYTES:
            raise Garbled(self.url, f"answers more than {MOST_BYTES >> 20} MiB")
