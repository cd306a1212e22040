"""The front with somebody who notes what becomes of each request: in figures, and one log line."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from attrs import define

from diffgem_engine.access.users import User
from diffgem_engine.backends import ProgressSink, RequestError
from diffgem_engine.metrics.metrics import Metrics
from diffgem_engine.protocol import (
    Answer,
    Count,
    Counts,
    Infill,
    Request,
    Result,
    Review,
    Reviewed,
    Welcome,
)
from diffgem_engine.serving.front import Front
from diffgem_engine.serving.turnstile import AheadSink

A = TypeVar("A", Result, Reviewed, Counts)
log = logging.getLogger(__name__)

PATHS = ("diffusion", "autoregressive", "second")  # what filled it, as a label


class ObservedFront:
    """Does what the front does, raises what it raises."""

    def __init__(self, front: Front, metrics: Metrics) -> None:
        self._front, self._metrics = front, metrics

    @property
    def welcome(self) -> Welcome:
        return self._front.welcome

    @property
    def broken(self) -> bool:
        return self._front.broken

    async def infill(
        self, user: User, request: Infill, on_ahead: AheadSink, on_progress: ProgressSink | None
    ) -> Result:
        with self._noted(user, request) as noted:
            told = noted.ahead_sink(on_ahead)
            return await noted.answered(self._front.infill(user, request, told, on_progress))

    async def review(self, user: User, request: Review, on_ahead: AheadSink) -> Reviewed:
        with self._noted(user, request) as noted:
            told = noted.ahead_sink(on_ahead)
            return await noted.answered(self._front.review(user, request, told))

    async def count(self, user: User, request: Count) -> Counts:
        with self._noted(user, request) as noted:
            return await noted.answered(self._front.count(user, request))

    def turned_away(self, user: User, request: Request, code: str) -> None:
        """A request that ended before it came here."""
        self._metrics.turned_away(user, kind_of(request), code)
        _log(_Noted(user, request), code, 0.0)

    @contextmanager
    def _noted(self, user: User, request: Request) -> Iterator["_Noted"]:
        noted, began, outcome = _Noted(user, request), time.perf_counter(), "internal"
        self._metrics.request_begun()
        try:
            yield noted
            outcome = "ok"
        except RequestError as error:
            outcome = error.code
            raise
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        finally:
            seconds = time.perf_counter() - began
            kind, route = kind_of(request), noted.route
            self._metrics.request_done(user, kind, outcome, seconds, route)
            if isinstance(noted.answer, Result | Reviewed):
                self._metrics.answered(noted.answer)
            _log(noted, outcome, seconds)


@define
class _Noted:
    """What is known of a request so far."""

    user: User
    request: Request
    ahead: int | None = None  # so many went first, as it came
    answer: Answer | None = None

    def ahead_sink(self, on_ahead: AheadSink) -> AheadSink:
        def told(ahead: int) -> None:
            if self.ahead is None:
                self.ahead = ahead
            on_ahead(ahead)

        return told

    async def answered(self, answer: Awaitable[A]) -> A:
        self.answer = found = await answer
        return found

    @property
    def route(self) -> str:
        """The path alone: why it was chosen is no label."""
        return _path(self.answer) if isinstance(self.answer, Result) else ""


def _path(result: Result) -> str:
    """What the result says, or who filled what came first; a draft that was enough was not filled
    at all, whatever path it was for.
    """
    origin = result.candidates[0].origin if result.candidates else ""
    if not result.steps and origin == "draft":
        return "draft"
    told = result.route.partition(":")[0] or origin
    return told if told in PATHS else PATHS[0]


def kind_of(request: Request) -> str:
    return type(request).__name__.lower()


def _log(noted: _Noted, outcome: str, seconds: float) -> None:
    """The log's formatters leave the texts out, unless somebody asked for them."""
    request, milliseconds = noted.request, round(1000 * seconds, 1)
    fields = {
        "user": noted.user.name,
        "trace": getattr(request, "trace", ""),
        "request": request.id,
        "kind": kind_of(request),
        "outcome": outcome,
        "ms": milliseconds,
        "ahead": noted.ahead,
        "route": noted.route,
        **_of_answer(noted.answer),
        "texts": (request, noted.answer),
    }
    log.info("%s: %s", fields["kind"], outcome, extra=fields)


def _of_answer(answer: Answer | None) -> dict[str, object]:
    if not isinstance(answer, Result | Reviewed):
        return {}
    return {
        "queue_ms": round(answer.queue_ms, 1),
        "prefill_ms": round(answer.prefill_ms, 1),
        "denoise_ms": round(answer.denoise_ms, 1),
        "prompt_tokens": answer.prompt_tokens,
        "prefilled_tokens": answer.prefilled_tokens,
    }
