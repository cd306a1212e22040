"""The backend that chooses."""

import logging
import time
from collections.abc import Callable

from attrs import evolve, frozen

from diffgem_engine.backends.around import Around
from diffgem_engine.backends.base import Backend, ProgressSink, Reachable, RequestError
from diffgem_engine.backends.openai.errors import UpstreamError
from diffgem_engine.metrics.meter import Meter, Metered
from diffgem_engine.protocol import Candidate, Infill, Result
from diffgem_engine.router import rules
from diffgem_engine.router.facts import Facts, Paces, facts_of, hole_of
from diffgem_engine.router.judging import fault
from diffgem_engine.router.models import Second

LEAST_MS = 20.0  # of a request's time that another path is tried in
UNAVAILABLE = "unavailable"  # beside the words of `judging.fault`, why a path is left

log = logging.getLogger(__name__)


@frozen
class Tried:
    path: str
    result: Result
    fault: str  # of its first text; empty for none


class RoutedBackend(Around):
    """What it does not route goes to `backend` as it is.

    Its meter hears of each choice, of each text that will not do, and of each request that leaves
    the path it was given to.
    """

    def __init__(
        self,
        backend: Backend,
        second: Second | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(backend)
        self._second = second
        self._meter: Meter | None = None
        self._clock = clock
        self._paces = Paces(clock)

    def report_to(self, meter: Meter) -> None:
        self._meter = meter
        parts: tuple[object, ...] = (self._backend, self._second)
        for each in parts:
            if isinstance(each, Metered):
                each.report_to(meter)

    async def unready(self) -> str:
        return await self._backend.unready() if isinstance(self._backend, Reachable) else ""

    async def infill(self, request: Infill, on_progress: ProgressSink | None) -> Result:
        """By the rules; where its text will not do, once more by the path that comes next."""
        began = self._clock()
        most = self.welcome.max_slots
        facts = facts_of(request, self._paces, most, self._second is not None)
        rule = rules.first(facts)
        if self._meter is not None:
            self._meter.routed(rule.path, rule.reason)
        tried = await self._first(rule, facts, request, on_progress)
        if tried.fault and (other := self._other(tried.path, facts, request)):
            left = self._left(request, began)
            if left is None or left >= LEAST_MS:
                return await self._again(other, tried, evolve(request, deadline_ms=left))
        return evolve(tried.result, route=f"{tried.path}: {rule.reason}")

    async def close(self) -> None:
        await super().close()
        if self._second is not None:
            await self._second.close()

    async def _first(
        self, rule: rules.Rule, facts: Facts, request: Infill, on_progress: ProgressSink | None
    ) -> Tried:
        """A second model that is away has the hole denoised."""
        try:
            return await self._by(rule.path, request, on_progress)
        except RequestError as error:
            if rule.path != rules.SECOND:
                raise
            log.warning("%s", _logged(error), extra={"trace": request.trace})
            self._fell_back(rules.SECOND, UNAVAILABLE)
            return await self._by(rules.DIFFUSION, request, on_progress)

    async def _again(self, path: str, before: Tried, request: Infill) -> Result:
        """The first text stays where the other is no better."""
        self._fell_back(before.path, before.fault)
        try:
            after = await self._by(path, request, None)
        except RequestError as error:
            log.warning("%s", _logged(error), extra={"trace": request.trace})
            after = before
        better = before if after.fault else after
        reason = f"after {before.path}, {before.fault}" if better is after else before.fault
        return evolve(better.result, route=f"{better.path}: {reason}")

    async def _by(self, path: str, request: Infill, on_progress: ProgressSink | None) -> Tried:
        began = self._clock()
        if path == rules.SECOND:
            result = await self._ask_second(request)
        else:
            result = await self._backend.infill(evolve(request, path=path), on_progress)
        took = path if path != rules.MEASURED else _path_of(result)
        if (hole := hole_of(request)) and result.steps and result.ended != "out of time":
            self._paces.note(took, hole.slots, 1000 * (self._clock() - began))
        found = _fault(request, result)
        if found and self._meter is not None:
            self._meter.invalid(took, found)
        return Tried(took, result, found)

    async def _ask_second(self, request: Infill) -> Result:
        hole = hole_of(request)
        if self._second is None or hole is None:
            raise RequestError("internal", "a request was routed to a model that is not there")
        deadline_s = None if request.deadline_ms is None else request.deadline_ms / 1000
        prefix = request.prefix + hole.starts_with
        answer = await self._second.complete(
            prefix, request.suffix, hole.slots, deadline_s=deadline_s, trace=request.trace
        )
        texts = (hole.starts_with + answer.text,)
        candidate = Candidate(texts, answer.confidence, rules.SECOND)
        return Result(request.id, (candidate,), 0, 0, 0, 0.0, 0.0, 0.0)

    def _other(self, path: str, facts: Facts, request: Infill) -> str | None:
        """None where a part of the text may have been shown for good: a long hole's canvas."""
        return None if request.progress and not facts.one_canvas else rules.after(path, facts)

    def _left(self, request: Infill, began: float) -> float | None:
        """Milliseconds."""
        if request.deadline_ms is None:
            return None
        return max(0.0, request.deadline_ms - 1000 * (self._clock() - began))

    def _fell_back(self, path: str, reason: str) -> None:
        if self._meter is not None:
            self._meter.fell_back(path, reason)


def _path_of(result: Result) -> str:
    written = any(each.origin == rules.AUTOREGRESSIVE for each in result.candidates)
    return rules.AUTOREGRESSIVE if written else rules.DIFFUSION


def _fault(request: Infill, result: Result) -> str:
    """Several holes are not judged."""
    hole = hole_of(request)
    if hole is None or not result.candidates:
        return ""
    [text] = result.candidates[0].texts
    return fault(text.removeprefix(hole.starts_with), request.suffix, hole.slots)


def _logged(error: RequestError) -> str:
    """Without an upstream's own words, which may quote the request."""
    cause = error.__cause__
    return str(cause) if isinstance(cause, UpstreamError) else error.message
