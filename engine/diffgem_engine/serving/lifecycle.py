"""When the engine ends: when told to, when no one has used it for a while, when it is broken."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from diffgem_engine.serving.turnstile import Turnstile

GIVE_UP_S = 2.0  # for cancelled work to end


class Hosted(Protocol):
    """Who asks: over a websocket `process.session.Session`, over HTTP `http.exchange.Exchange`, for
    one request.
    """

    @property
    def active(self) -> int:
        """Requests in flight."""

    def refuse_new(self) -> None: ...

    def give_up(self) -> None: ...

    async def finish(self) -> None: ...


class Lifecycle:
    """Knows the sessions.  Calls `on_end` after `idle_exit_s` without any; 0 is never."""

    def __init__(self, idle_exit_s: float, on_end: Callable[[], None]) -> None:
        self.draining = False
        self._sessions: set[Hosted] = set()
        self._turnstiles: list[Turnstile] = []
        self._idle_exit_s = idle_exit_s
        self._on_end = on_end
        self._timer: asyncio.TimerHandle | None = None
        self._started = time.monotonic()
        self.started_at = int(time.time())  # s, of the epoch

    @property
    def uptime_s(self) -> float:
        return time.monotonic() - self._started

    @property
    def active(self) -> int:
        """Requests in flight, of all clients."""
        return sum(session.active for session in self._sessions)

    @contextlib.contextmanager
    def hosting(self, session: Hosted) -> Iterator[None]:
        self._stop_timer()
        self._sessions.add(session)
        if self.draining:
            session.refuse_new()
        try:
            yield
        finally:
            self._sessions.discard(session)
            self.watch_idle()

    def attend(self, turnstile: Turnstile) -> None:
        """At the end, who waits there is refused, and who was let in is waited for."""
        self._turnstiles.append(turnstile)

    def watch_idle(self) -> None:
        """Count the idle time from now if no client is there."""
        if self._idle_exit_s > 0 and not self._sessions and not self.draining:
            self._stop_timer()
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._idle_exit_s, self.end)

    def end(self) -> None:
        """Ask for the end, once."""
        if not self.draining:
            self._on_end()

    def refuse_new(self) -> None:
        self.draining = True
        self._stop_timer()
        for session in self._sessions:
            session.refuse_new()
        for turnstile in self._turnstiles:
            turnstile.refuse()

    async def drain(self, limit_s: float) -> None:
        """Let the requests at the backend end; cancel what is left at `limit_s`."""
        if not await self._finished(limit_s):
            self.give_up()
            await self._finished(GIVE_UP_S)

    def give_up(self) -> None:
        for session in self._sessions:
            session.give_up()

    async def _finished(self, limit_s: float) -> bool:
        sessions = (session.finish() for session in tuple(self._sessions))
        others = (turnstile.emptied() for turnstile in self._turnstiles)
        try:
            async with asyncio.timeout(limit_s):
                await asyncio.gather(*sessions, *others)
        except TimeoutError:
            return False
        return True

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
