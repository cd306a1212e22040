"""The one place where the engine's figures are kept."""

import time
from collections import Counter as Counted
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.process_collector import ProcessCollector

from diffgem_engine.access.users import User
from diffgem_engine.metrics.device import Device
from diffgem_engine.metrics.families import Families
from diffgem_engine.protocol import Result, Reviewed, Welcome


class Metrics:
    """A `Meter`, and what the sessions report; made once for an app."""

    def __init__(self, welcome: Welcome, *, by_user: bool = False) -> None:
        """`by_user` names users in a series of its own: who asks how much is personal."""
        self.registry = CollectorRegistry()
        self._families = Families(self.registry)
        self._connected: Counted[str] = Counted()
        self._by_user = self._user_requests() if by_user else None
        self.registry.register(Device(welcome))
        ProcessCollector(registry=self.registry)

    def _user_requests(self) -> Counter:
        labels = ("user", "outcome")
        return Counter("diffgem_user_requests", "By user", labels, registry=self.registry)

    @contextmanager
    def connection(self, user: User) -> Iterator[None]:
        """While inside, one more client of `user` is connected."""
        self._connected[user.name] += 1
        self._count_connections()
        try:
            yield
        finally:
            self._connected[user.name] -= 1
            self._connected += Counted()  # leaves out whom nobody is any more
            self._count_connections()

    def _count_connections(self) -> None:
        self._families.connections.set(self._connected.total())
        self._families.users.set(len(self._connected))

    def request_begun(self) -> None:
        self._families.in_flight.inc()

    def request_done(
        self, user: User, kind: str, outcome: str, seconds: float, route: str = ""
    ) -> None:
        """Of one that was begun.  `outcome` is "ok" or a Failure's code."""
        self._families.in_flight.dec()
        self._families.duration.labels(kind).observe(seconds)
        self._count(user, kind, outcome, route)

    def turned_away(self, user: User, kind: str, outcome: str) -> None:
        """One that was never begun."""
        self._count(user, kind, outcome, "")

    def _count(self, user: User, kind: str, outcome: str, route: str) -> None:
        self._families.requests.labels(kind, outcome, route).inc()
        if self._by_user is not None:
            self._by_user.labels(user.name, outcome).inc()

    def answered(self, answer: Result | Reviewed) -> None:
        """What the answer says of its prompt and of its time."""
        families = self._families
        families.prompt.inc(answer.prompt_tokens)
        families.prefilled.inc(answer.prefilled_tokens)
        stages = families.stages
        stages.labels("queue").observe(answer.queue_ms / 1000)
        stages.labels("prefill").observe(answer.prefill_ms / 1000)
        stages.labels("denoise").observe(answer.denoise_ms / 1000)
        if isinstance(answer, Result) and answer.score_ms:
            stages.labels("score").observe(answer.score_ms / 1000)

    @contextmanager
    def waiting(self, queue: str) -> Iterator[None]:
        began, length = time.perf_counter(), self._families.waiting.labels(queue)
        length.inc()
        try:
            yield
        finally:
            length.dec()
            self._families.waited.labels(queue).observe(time.perf_counter() - began)

    def watch_queue(self, queue: str, length: Callable[[], int]) -> None:
        self._families.waiting.labels(queue).set_function(length)

    def stepped(self, path: str, steps: int, tokens: int) -> None:
        self._families.steps.labels(path).inc(steps)
        self._families.written.labels(path).inc(tokens)

    def routed(self, path: str, reason: str) -> None:
        self._families.routes.labels(path, reason).inc()

    def fell_back(self, path: str, reason: str) -> None:
        self._families.fallbacks.labels(path, reason).inc()

    def invalid(self, path: str, reason: str) -> None:
        self._families.invalid.labels(path, reason).inc()

    def watch_upstream(self, upstream: str, up: Callable[[], bool]) -> None:
        self._families.upstream_up.labels(upstream).set_function(up)

    def upstream_failed(self, upstream: str, why: str) -> None:
        self._families.upstream_errors.labels(upstream, why).inc()

    def retried(self, upstream: str) -> None:
        self._families.upstream_retries.labels(upstream).inc()
