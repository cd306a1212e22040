"""At most so many requests at the backend at once; the others wait in line."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from attrs import define

from diffgem_engine.access.users import User
from diffgem_engine.backends.base import RequestError, draining
from diffgem_engine.serving.line import Line
from diffgem_engine.serving.pace import Pace
from diffgem_engine.serving.places import Places
from diffgem_engine.serving.texts import Texts

T = TypeVar("T")
AheadSink = Callable[[int], None]  # so many go first; see `Queued`
Watch = Callable[[str], AbstractContextManager[None]]

MOST_WAITING = 1024  # in all; then only for who has less than an equal part of them waiting
MOST_WAITING_EACH = 256  # of one user
TELL_S = 0.25  # between two words to the same one about who is ahead


@define(eq=False)
class _Ticket:
    """`let_in` is done once its request may go to the backend."""

    user: User
    priority: str
    on_ahead: AheadSink
    let_in: "asyncio.Future[None]"
    canvases: int = 1
    told: int | None = None

    def tell(self, ahead: int) -> None:
        if ahead != self.told:
            self.told = ahead
            self.on_ahead(ahead)


class Turnstile:
    """`most_at_once` are let in of each priority: the line decides who, and `Places` how many of
    one user.  Needs a running loop.
    """

    def __init__(
        self,
        most_at_once: int,
        *,
        most_waiting: int = MOST_WAITING,
        most_waiting_each: int = MOST_WAITING_EACH,
        watched: Watch = lambda _: nullcontext(),
        texts: Texts | None = None,
    ) -> None:
        """`watched` is entered by who waits, with the priority; `texts` may be of several."""
        self._texts = texts or Texts()
        self._watched = watched
        self._places = Places(most_at_once)
        self._most_waiting = most_waiting
        self._most_waiting_each = most_waiting_each
        self._line = Line[_Ticket]()
        self._pace = Pace()
        self._draining = False
        self._telling: asyncio.TimerHandle | None = None
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def waiting(self) -> int:
        return len(self._line)

    @property
    def let_in(self) -> int:
        """So many places at the backend are taken."""
        return self._places.taken

    async def through(
        self,
        user: User,
        priority: str,
        work: Callable[[float], Awaitable[T]],
        on_ahead: AheadSink,
        *,
        deadline_s: float | None = None,
        cost: float = 1.0,
        canvases: int = 1,
        size: int = 0,
    ) -> T:
        """What `work` makes of it, which hears how many seconds it waited: 0.0 if it did not.

        `on_ahead` hears how many go first once it has waited for a moment, again as that changes,
        and 0 when it is let in.  Cancelling this leaves the line, or cancels the work.
        `canvases` are those that are filled at once; `size` is in characters.

        Raises RequestError: "overloaded" where too many wait, or too much, or where it still waits
        after `deadline_s`; "draining" where it waits at the end.
        """
        self._check_room(user, size)
        let_in = asyncio.get_running_loop().create_future()
        ticket = _Ticket(user, priority, on_ahead, let_in, canvases)
        self._empty.clear()
        self._line.push(ticket, priority, user.in_line, user.weight, cost)
        try:
            with self._texts.held(user.in_line, size):
                waited_s = await self._wait(ticket, deadline_s)
                with self._pace.measured():
                    return await work(waited_s)
        finally:
            self._leave(ticket)

    def refuse(self) -> None:
        """Who waits and who comes from now on is refused as draining."""
        self._draining = True
        for ticket in self._line.order():
            self._line.drop(ticket)
            if not ticket.let_in.cancelled():
                ticket.let_in.set_exception(draining())

    async def emptied(self) -> None:
        """Until nobody waits and nothing is at the backend."""
        await self._empty.wait()

    def _check_room(self, user: User, size: int) -> None:
        if self._draining:
            raise draining()
        waiting, own = len(self._line), self._line.waiting(user.in_line)
        if own >= self._most_waiting_each:
            raise self._overloaded(f"{own} requests of {user.name} wait already")
        if waiting >= self._most_waiting and own * self._line.users >= self._most_waiting:
            raise self._overloaded(f"{waiting} requests wait already")
        if not self._texts.room_for(user.in_line, size):
            raise self._overloaded(f"the requests of {user.name} that wait have too much text")

    async def _wait(self, ticket: _Ticket, deadline_s: float | None) -> float:
        self._let_in()
        if ticket.let_in.done():
            return 0.0
        began = time.monotonic()
        self._tell_later()
        try:
            with self._watched(ticket.priority):
                async with asyncio.timeout(deadline_s):
                    await ticket.let_in
        except TimeoutError:
            raise self._overloaded("its deadline passed while it waited") from None
        if ticket.told:
            ticket.tell(0)
        return time.monotonic() - began

    def _let_in(self) -> None:
        while (ticket := self._line.take(self._may)) is not None:
            if not ticket.let_in.cancelled():  # just now: it leaves on its next turn
                self._places.take(ticket.user.in_line, ticket.priority, ticket.canvases)
                ticket.let_in.set_result(None)

    def _may(self, ticket: _Ticket) -> bool:
        return self._places.free_for(ticket.user.in_line, ticket.priority)

    def _leave(self, ticket: _Ticket) -> None:
        """However far it came."""
        was_let_in = ticket.let_in.done() and not ticket.let_in.cancelled()
        if was_let_in and ticket.let_in.exception() is None:
            self._places.give_back(ticket.user.in_line, ticket.priority, ticket.canvases)
        else:
            self._line.drop(ticket)
        self._let_in()
        if not self._line and not self._places.taken:
            self._empty.set()

    def _overloaded(self, why: str) -> RequestError:
        rounds = math.ceil((len(self._line) + 1) / self._places.most)
        return RequestError(
            "overloaded", f"{why}: ask again later, or less", self._pace.seconds(rounds)
        )

    def _tell_later(self) -> None:
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(TELL_S, self._tell)

    def _tell(self) -> None:
        self._telling = None
        for ahead, ticket in enumerate(self._line.order()):
            ticket.tell(ahead)
        if self._line:
            self._tell_later()
