"""Several upstreams as one: who is asked, who is asked next, and who rests.

Nothing is asked twice that may have been generated once.
"""

import asyncio
import contextlib
import math
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from diffgem_engine.backends.base import RequestError
from diffgem_engine.backends.openai.calls import heard
from diffgem_engine.backends.openai.choosing import any_other, choose
from diffgem_engine.backends.openai.errors import Garbled, Unreachable, UpstreamError, told
from diffgem_engine.backends.openai.server import Server
from diffgem_engine.backends.openai.together import together
from diffgem_engine.backends.openai.upstream import Upstream
from diffgem_engine.metrics.meter import Meter

ATTEMPTS = 3
ASK_AGAIN_S = 1.0  # between two looks at upstreams in doubt, and for such a look
LOOK_S = 10.0  # to find out what a server is able to do
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 1.0
T = TypeVar("T")
A = TypeVar("A")


class Pool(Generic[A]):
    """`survey` finds out what a server is able to do, and raises UpstreamError."""

    def __init__(
        self, upstreams: Sequence[Upstream[A]], survey: Callable[[Server], Awaitable[A]]
    ) -> None:
        self.upstreams = tuple(upstreams)
        self._survey = survey
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
            upstream = self._chosen(key, tried)
            tried.append(upstream)
            try:
                return await self._asked(upstream, work, trace)
            except UpstreamError as error:
                self._note(upstream, error, trace)
                if not self._may_go_on(error, tried):
                    raise told(error, upstream.names) from error
                alone = not any_other(self.upstreams, tried)
                wait_s = _pause(len(tried), error.retry_after_s if alone else None)
                if wait_s > LONGEST_PAUSE_S:
                    raise told(error, upstream.names) from error
            if self._meter is not None:
                self._meter.retried(upstream.server.url)
            await asyncio.sleep(wait_s)

    async def look(self, upstream: Upstream[A]) -> A:
        """What it is able to do: found out once, for all who ask.  Raises UpstreamError."""
        if upstream.ability is not None:
            return upstream.ability
        if upstream.looking is None:
            upstream.looking = asyncio.create_task(self._looked(upstream))
            upstream.looking.add_done_callback(heard)
        return await asyncio.shield(upstream.looking)

    def recall(self, other: "Pool[A]") -> None:
        """What `other`, of the same upstreams, has found out."""
        for upstream, known in zip(self.upstreams, other.upstreams, strict=True):
            upstream.ability = known.ability
            upstream.fault, upstream.in_doubt = known.fault, known.in_doubt

    async def close(self) -> None:
        looking = [u.looking for u in self.upstreams if u.looking is not None]
        for task in (*self._trying, *looking):
            task.cancel()
        await asyncio.gather(*self._trying, *looking, return_exceptions=True)
        for upstream in self.upstreams:
            await upstream.server.close()

    async def _asked(
        self, upstream: Upstream[A], work: Callable[[Server, A], Awaitable[T]], trace: str
    ) -> T:
        server, whole_s = upstream.server, upstream.server.patience.whole_s
        upstream.outstanding += 1
        try:
            async with asyncio.timeout(whole_s):
                answer = await work(server.named(trace), await self.look(upstream))
        except TimeoutError:
            raise Garbled(server.url, f"has not come to an end within {whole_s:g} s") from None
        finally:
            upstream.outstanding -= 1
        upstream.answered(trace)
        return answer

    async def _ask_again(self) -> None:
        if time.monotonic() - self._asked_at < ASK_AGAIN_S:
            return
        self._asked_at = time.monotonic()
        awake = [each for each in self.upstreams if each.breaker.lets_in]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ASK_AGAIN_S):
                await together(self._doubted(each) for each in awake)

    async def _doubted(self, upstream: Upstream[A]) -> None:
        try:
            await self.look(upstream)
        except UpstreamError as error:
            self._note(upstream, error)

    async def _looked(self, upstream: Upstream[A]) -> A:
        try:
            ability = await self._surveyed(upstream.server)
        except UpstreamError as error:
            upstream.doubt(error)
            raise
        finally:
            upstream.looking = None
        upstream.showed(ability)
        return ability

    async def _surveyed(self, server: Server) -> A:
        try:
            async with asyncio.timeout(LOOK_S):
                return await self._survey(server)
        except TimeoutError:
            why = f"does not show within {LOOK_S:g} s what it is able to do"
            raise Garbled(server.url, why) from None

    def _chosen(self, key: str, tried: Sequence[Upstream[A]]) -> Upstream[A]:
        awake = [each for each in self.upstreams if each.breaker.lets_in]
        if not awake:
            raise self._all_rest()
        return choose(awake, key, tried)

    def _may_go_on(self, error: UpstreamError, tried: Sequence[Upstream[A]]) -> bool:
        possible = error.again or (error.elsewhere and any_other(self.upstreams, tried))
        return possible and len(tried) < ATTEMPTS

    def _all_rest(self) -> RequestError:
        rest_s = min(each.breaker.rest_s for each in self.upstreams)
        return RequestError("unavailable", self._whys(), max(0.1, rest_s))

    def _whys(self) -> str:
        known = [(each.fault, each.names) for each in self.upstreams]
        whys = "; ".join(fault.advised(names) for fault, names in known if fault is not None)
        return f"no upstream answers: {whys}; the engine finds it by itself once it does"

    def _note(self, upstream: Upstream[A], error: UpstreamError, trace: str = "") -> None:
        upstream.fails(error, trace)
        if self._meter is not None:
            self._meter.upstream_failed(upstream.server.url, error.kind)
        if not error.fault:
            return
        upstream.ability = None  # it may come back as another
        if upstream.breaker.failed(away=isinstance(error, Unreachable)):
            task = asyncio.create_task(self._try_again(upstream))
            self._trying.add(task)
            task.add_done_callback(self._trying.discard)

    async def _try_again(self, upstream: Upstream[A]) -> None:
        """Whether it is back is found out at nobody's cost, as far as a look at it tells."""
        breaker = upstream.breaker
        while not breaker.lets_in:
            await asyncio.sleep(breaker.rest_s)
            breaker.look()
            try:
                await self.look(upstream)
            except UpstreamError as error:
                upstream.fails(error)
                breaker.failed()
            else:
                breaker.seems_well()


def _pause(attempt: int, told_s: float | None) -> float:
    """Before the next attempt: what the server wishes, or twice as long each time, and a part of
    chance so that not all come back at once.
    """
    if told_s is not None:
        return told_s
    longest: float = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0**attempt)
    return longest * random.uniform(0.5, 1.0)
