"""The one way to the backend: for every request of every user, whatever it came by."""

import contextlib

from attrs import evolve

from diffgem_engine.access.limits import Limits
from diffgem_engine.access.users import User
from diffgem_engine.backends import Backend, ProgressSink
from diffgem_engine.core.canvas import LONGEST_CANVAS
from diffgem_engine.protocol import Count, Counts, Hole, Infill, Result, Review, Reviewed, Welcome
from diffgem_engine.serving.texts import Texts
from diffgem_engine.serving.turnstile import AheadSink, Turnstile, Watch
from diffgem_engine.serving.validation import check, check_count, check_review

COUNTED_AT_ONCE = 4  # texts of a Count: each takes a core, and no model


class Front:
    """Its methods raise RequestError, and may be cancelled: that ends the work."""

    def __init__(
        self, backend: Backend, watched: Watch = lambda _: contextlib.nullcontext()
    ) -> None:
        """`watched` as the turnstile has it."""
        self._backend = backend
        self._limits = Limits()
        texts = Texts()
        self._turnstile = Turnstile(backend.most_at_once, watched=watched, texts=texts)
        self._counting = Turnstile(COUNTED_AT_ONCE, texts=texts)

    @property
    def welcome(self) -> Welcome:
        return self._backend.welcome

    @property
    def broken(self) -> bool:
        """It can do nothing any more."""
        return self._backend.broken

    @property
    def turnstiles(self) -> tuple[Turnstile, ...]:
        """Every request goes through one of them."""
        return self._turnstile, self._counting

    async def infill(
        self, user: User, request: Infill, on_ahead: AheadSink, on_progress: ProgressSink | None
    ) -> Result:
        """Time in line is of the deadline, and of the result's `queue_ms`."""
        check(request, self.welcome)

        async def fill(waited_s: float) -> Result:
            if not waited_s:
                return await self._backend.infill(request, on_progress)
            waited_ms = 1000 * waited_s
            result = await self._backend.infill(_after(request, waited_ms), on_progress)
            return evolve(result, queue_ms=result.queue_ms + waited_ms)

        with self._limits.asking(user):
            return await self._turnstile.through(
                user,
                request.priority,
                fill,
                on_ahead,
                deadline_s=_deadline_s(request),
                cost=_cost(request),
                canvases=request.seeds,
                size=len(request.prefix) + len(request.suffix),
            )

    async def review(self, user: User, request: Review, on_ahead: AheadSink) -> Reviewed:
        check_review(request, self.welcome)

        async def look(waited_s: float) -> Reviewed:
            reviewed = await self._backend.review(request)
            return evolve(reviewed, queue_ms=reviewed.queue_ms + 1000 * waited_s)

        with self._limits.asking(user):
            size = len(request.prefix) + len(request.suffix)
            return await self._turnstile.through(user, request.priority, look, on_ahead, size=size)

    async def count(self, user: User, request: Count) -> Counts:
        """It waits for other counts alone."""
        check_count(request)

        async def counted(_waited_s: float) -> Counts:
            return Counts(request.id, await self._backend.count(request.texts))

        with self._limits.asking(user):
            size = sum(map(len, request.texts))
            return await self._counting.through(user, "interactive", counted, _unheard, size=size)


def _unheard(_ahead: int) -> None:
    """A count is done before anybody could read that it waits."""


def _after(request: Infill, waited_ms: float) -> Infill:
    """What is left to the backend."""
    if request.deadline_ms is None:
        return request
    return evolve(request, deadline_ms=max(request.deadline_ms - waited_ms, 0.0))


def _deadline_s(request: Infill) -> float | None:
    return None if request.deadline_ms is None else request.deadline_ms / 1000


def _cost(request: Infill) -> float:
    """Canvases: what several seeds and long holes take of a user's share."""
    slots = sum(each.slots for each in request.canvas if isinstance(each, Hole))
    return request.seeds * max(1.0, slots / LONGEST_CANVAS)
