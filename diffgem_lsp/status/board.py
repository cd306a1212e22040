"""Tells the client of each change of the status, and never at the cost of a reply."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from attrs import evolve

from diffgem_lsp.engine.outlook import Outlook
from diffgem_lsp.options import Options
from diffgem_lsp.status.facts import Facts, Status, status_of

# What changes back sooner is not told: an answer from memory, a restart within one request.
SETTLED_S = 0.03
LATEST_S = 0.25  # after the first change that is not told yet


class Clock(Protocol):
    """Of a running loop, or of a test."""

    def time(self) -> float: ...

    def call_later(self, delay: float, callback: Callable[[], None]) -> Any: ...


class StatusBoard:
    """The facts as they come in; `tell` gets the status once it has settled, if it is another one.

    It settles when nothing has changed for a moment, so the reply which ends a request goes out
    before the news that it has ended.
    """

    def __init__(
        self,
        tell: Callable[[Status], None] = lambda status: None,
        clock: Callable[[], Clock] = asyncio.get_running_loop,
    ) -> None:
        self.tell = tell
        self._facts = Facts()
        self._clock = clock
        self._told: Status | None = None
        self._first = self._last = 0.0  # when something changed, while a call is under way
        self._waiting = False
        self._closed = False

    @property
    def now(self) -> Status:
        """Told or not."""
        return status_of(self._facts)

    @property
    def uri(self) -> str:
        """Of the document that the user is in."""
        return self._facts.uri

    def options(self, options: Options) -> None:
        """What came of the last request came under other ones."""
        self._note(enabled=options.enabled, by_hand=options.trigger == "manual", quiet="")

    def engine(self, state: str, message: str) -> None:
        """Of an `EngineState`; what was known of the start is over."""
        self._note(engine=state, message=message, outlook=Outlook(), active=0, ahead=0)

    def outlook(self, outlook: Outlook) -> None:
        self._note(outlook=outlook)

    def active(self, count: int) -> None:
        """So many requests does the engine work on."""
        self._note(active=count)

    def ahead(self, count: int) -> None:
        """So many requests of others go before what it is asked."""
        self._note(ahead=count)

    def focus(self, uri: str, off_here: str) -> None:
        """The user is in `uri`, where nothing is completed if `off_here` says why."""
        quiet = self._facts.quiet if uri == self._facts.uri else ""
        self._note(uri=uri, off_here=off_here, quiet=quiet)

    def answered(
        self, uri: str, why_nothing: str, latency_ms: float | None = None, off_here: str = ""
    ) -> None:
        """What came of a request; without a latency it was not the engine that answered."""
        if latency_ms is None:
            latency_ms = self._facts.latency_ms
        self._note(uri=uri, quiet=why_nothing, latency_ms=latency_ms, off_here=off_here)

    async def close(self) -> None:
        """Nothing more is told: the client has said goodbye."""
        self._closed = True

    def _note(self, **changed: Any) -> None:
        facts = evolve(self._facts, **changed)
        if facts == self._facts:
            return
        self._facts = facts
        clock = self._clock()
        self._last = clock.time()
        if not self._waiting:
            self._waiting, self._first = True, self._last
            clock.call_later(SETTLED_S, self._look)

    def _look(self) -> None:
        clock = self._clock()
        due = min(self._last + SETTLED_S, self._first + LATEST_S)
        if clock.time() < due:
            clock.call_later(due - clock.time(), self._look)
            return
        self._waiting = False
        status = self.now
        if status != self._told and not self._closed:
            self._told = status
            self.tell(status)
