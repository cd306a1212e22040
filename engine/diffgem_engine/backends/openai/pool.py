"""Several upstreams as one: which is asked, who is asked next, and who rests.

Nothing is asked twice that may have been generated once.
"""

import asyncio
import contextlib
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from hashlib import blake2b
from typing import Generic, TypeVar

from attrs import define, field

from diffgem_engine.backends.base import RequestError
from diffgem_engine.backends.openai.breaker import Breaker
from diffgem_engine.backends.openai.errors import Busy, UpstreamError, told
from diffgem_engine.backends.openai.names import UPSTREAM, Names
from diffgem_engine.backends.openai.server import Server
from diffgem_engine.backends.openai.together import together
from diffgem_engine.metrics.meter import Meter

log = logging.getLogger(__name__)

ATTEMPTS = 3
ASK_AGAIN_S = 1.0  # between two looks at upstreams in doubt, and for such a look
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 1.0
SLACK = 4  # requests in flight more than elsewhere, for the sake of a cached prefix
T = TypeVar("T")
A = TypeVar("A")


@define(eq=False)
class Upstream(Generic[A]):
    """A server, and what is known of it."""

    server: Server
    breaker: Breaker = field(factory=Breaker)
    ability: A | None = None  # found out at the start, and after every rest
    outstanding: int = 0
    trouble: str = ""  # with the latest that it was asked
    said: set[str] = field(factory=set)  # what was logged of it since all was well
    looking: asyncio.Lock = field(factory=asyncio.Lock)

    @property
    def up(self) -> bool:
        return self.breaker.state == "closed" and not self.trouble


class Pool(Generic[A]):
    """`survey` finds out what a server is able to do, and raises UpstreamError."""

    def __init__(
        self,
        upstreams: Sequence[Upstream[A]],
        survey: Callable[[Server], Awaitable[A]],
        names: Names = UPSTREAM,
    ) -> None:
        self.upstreams = tuple(upstreams)
        self._survey, self._names = survey, names
        self._meter: Meter | None = None
        self._asked_at = -math.inf  # those in doubt, whether they are well again
        self._trying: set[asyncio.Task[None]] = set()

    def report_to(self, meter: Meter) -> None:
        self._meter = meter
        for upstream in self.upstreams:
            meter.watch_upstream(upstream.server.url, partial(getattr, upstream, "up"))

    async def unready(self) -> str:
        """Why nobody would be answered; empty where somebody would.  Where that is in doubt the
        upstreams are asked, but for those that are tried already.
        """
        if not any(each.up for each in self.upstreams):
            await self._ask_again()
        return "" if any(each.up for each in self.upstreams) else self._whys()

    async def run(self, key: str, work: Callable[[Server, A], Awaitable[T]], trace: str = "") -> T:
        """What `work` makes of one of them; the same for the same `key`, as long as that is fair.
        They hear the `trace`.

        Raises RequestError.
        """
        tried: list[Upstream[A]] = []
        while True:
            upstream = self._pick(key, tried)
            tried.append(upstream)
            try:
                return await self._asked(upstream, work, trace)
            except UpstreamError as error:
                self._note(upstream, error, trace)
                if not error.again or len(tried) == ATTEMPTS:
                    raise told(error, self._names) from error
                wait_s = _pause(len(tried), None if self._others(tried) else error.retry_after_s)
                if wait_s > LONGEST_PAUSE_S:
                    raise told(error, self._names) from error
            if self._meter is not None:
                self._meter.retried(upstream.server.url)
            await asyncio.sleep(wait_s)

    async def look(self, upstream: Upstream[A]) -> A:
        """What it is able to do: found out once.  Raises UpstreamError."""
        async with upstream.looking:
            if upstream.ability is None:
                try:
                    upstream.ability = await self._survey(upstream.server)
                except UpstreamError as error:
                    upstream.trouble = error.why
                    raise
                upstream.trouble = ""
            return upstream.ability

    def recall(self, other: "Pool[A]") -> None:
        """What `other`, of the same upstreams, has found out."""
        for upstream, known in zip(self.upstreams, other.upstreams, strict=True):
            upstream.ability, upstream.trouble = known.ability, known.trouble

    async def close(self) -> None:
        for task in self._trying:
            task.cancel()
        await asyncio.gather(*self._trying, return_exceptions=True)
        for upstream in self.upstreams:
            await upstream.server.close()

    async def _asked(
        self, upstream: Upstream[A], work: Callable[[Server, A], Awaitable[T]], trace: str
    ) -> T:
        upstream.outstanding += 1
        try:
            answer = await work(upstream.server.named(trace), await self.look(upstream))
        finally:
            upstream.outstanding -= 1
        upstream.breaker.succeeded()
        upstream.trouble = ""
        upstream.said.clear()
        return answer

    async def _ask_again(self) -> None:
        if time.monotonic() - self._asked_at < ASK_AGAIN_S:
            return
        self._asked_at = time.monotonic()
        awake = [each for each in self.upstreams if each.breaker.state == "closed"]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ASK_AGAIN_S):
                await together(self._looked(each) for each in awake)

    async def _looked(self, upstream: Upstream[A]) -> None:
        try:
            await self.look(upstream)
        except UpstreamError as error:
            self._note(upstream, error)

    def _pick(self, key: str, tried: Sequence[Upstream[A]]) -> Upstream[A]:
        awake = [u for u in self.upstreams if u.breaker.state == "closed"]
        if not awake:
            raise self._all_rest()
        fresh = [u for u in awake if u not in tried] or awake
        home = max(fresh, key=lambda u: _affinity(key, u.server.url))
        least = min(fresh, key=lambda u: u.outstanding)
        return home if home.outstanding <= least.outstanding + SLACK else least

    def _others(self, tried: Sequence[Upstream[A]]) -> bool:
        return any(u.breaker.state == "closed" and u not in tried for u in self.upstreams)

    def _all_rest(self) -> RequestError:
        rest_s = min(each.breaker.rest_s for each in self.upstreams)
        return RequestError("unavailable", self._whys(), max(0.1, rest_s))

    def _whys(self) -> str:
        whys = "; ".join(
            f"{self._names.what} {each.server.url} {each.trouble}" for each in self.upstreams
        )
        return (
            f"no upstream answers: {whys}; the engine's operator starts it again, and the engine "
            "finds it by itself"
        )

    def _note(self, upstream: Upstream[A], error: UpstreamError, trace: str = "") -> None:
        """Logged once for each thing that is wrong with it, until all is well again."""
        if error.why not in upstream.said and len(upstream.said) < 16:
            upstream.said.add(error.why)
            log.warning("%s %s", self._names.what, error, extra={"trace": trace})
        if self._meter is not None:
            self._meter.upstream_failed(upstream.server.url, error.kind)
        if error.fault:
            upstream.trouble = error.why
        if not isinstance(error, Busy):
            upstream.ability = None  # it may come back as another
        if error.fault and upstream.breaker.failed():
            task = asyncio.create_task(self._try_again(upstream))
            self._trying.add(task)
            task.add_done_callback(self._trying.discard)

    async def _try_again(self, upstream: Upstream[A]) -> None:
        """Nobody's request is spent on finding out whether it is back."""
        breaker = upstream.breaker
        while breaker.state != "closed":
            await asyncio.sleep(breaker.rest_s)
            breaker.try_again()
            try:
                upstream.ability = await self._survey(upstream.server)
            except UpstreamError as error:
                upstream.trouble = error.why
                breaker.failed()
            else:
                breaker.succeeded()
                upstream.trouble = ""
                upstream.said.clear()
                log.info("%s %s is back", self._names.what, upstream.server.url)


def _pause(attempt: int, told_s: float | None) -> float:
    """Before the next attempt: what the server wishes, or twice as long each time, and a part of
    chance so that not all come back at once.
    """
    if told_s is not None:
        return told_s
    longest: float = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0**attempt)
    return longest * random.uniform(0.5, 1.0)


def _affinity(key: str, url: str) -> bytes:
    """Of several upstreams the one with the largest is a key's home; it stays so when others come
    and go.
    """
    return blake2b(f"{url}\0{key}".encode("utf-8", "replace"), digest_size=8).digest()
