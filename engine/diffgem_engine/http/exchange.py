"""One request over HTTP, as the lifecycle knows a session of one request."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from starlette.requests import HTTPConnection, Request

from diffgem_engine.backends.base import RequestError, draining
from diffgem_engine.http.answered import Answered
from diffgem_engine.http.reading import gone

MOST_S = 600.0  # from the body's end to the answer
# Returns why, once who asks would not be let in any more.
Withdrawn = Callable[[HTTPConnection], Awaitable[RequestError]]


class Exchange:
    """Its work ends with it, when the client leaves, when its token is taken back or expires, and
    when the engine gives it up.
    """

    def __init__(self, request: Request, withdrawn: Withdrawn) -> None:
        self._request, self._withdrawn = request, withdrawn
        self._refusal: RequestError | None = None
        self._draining = False
        self._given_up = False
        self._left = False
        self._tasks: list[asyncio.Task[Any]] = []  # the work, and who watches it
        self._ended = asyncio.Event()

    @property
    def active(self) -> int:
        return len(self._tasks[:1])

    def refuse_new(self) -> None:
        """What has begun goes on."""
        self._draining = True

    def give_up(self) -> None:
        self._given_up = self._draining = True
        for task in self._tasks:
            task.cancel()

    async def finish(self) -> None:
        """Wait until the answer is sent."""
        if self._tasks:
            await self._ended.wait()

    def begin(self, work: Coroutine[Any, Any, Answered]) -> "asyncio.Task[Answered]":
        """Raises RequestError where the engine is draining.  The body has been read."""
        if self._draining:
            work.close()
            raise draining()
        begun = asyncio.create_task(work)
        watches = (self._watch(begun), self._watch_token(begun), _watch_time(begun))
        self._tasks = [begun, *map(asyncio.create_task, watches)]
        return begun

    async def result(self, work: "asyncio.Task[Answered]") -> Answered:
        """Raises RequestError as well where the client has left or may ask no more, or the time is
        up.
        """
        await asyncio.wait([work])
        if not work.cancelled():
            return work.result()
        if self._given_up:
            raise draining()
        if self._refusal is not None:
            raise self._refusal
        if self._left:
            raise RequestError("cancelled", "the client has left")
        raise RequestError("out-of-time", f"no answer within {MOST_S:g} s: ask for less")

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._ended.set()

    async def _watch(self, work: "asyncio.Task[Answered]") -> None:
        await gone(self._request)
        self._left = True
        work.cancel()

    async def _watch_token(self, work: "asyncio.Task[Answered]") -> None:
        self._refusal = await self._withdrawn(self._request)
        work.cancel()


async def _watch_time(work: "asyncio.Task[Answered]") -> None:
    await asyncio.sleep(MOST_S)
    work.cancel()
