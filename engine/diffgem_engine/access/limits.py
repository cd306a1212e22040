"""How much a user may ask: requests a second, and requests at once, over all connections."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator

from attrs import define

from diffgem_engine.access.users import User
from diffgem_engine.protocol.failing import RequestError


@define
class _Usage:
    """`allowance` is a token bucket's, as it was at `at`."""

    allowance: float
    at: float
    in_flight: int = 0


class Limits:
    """One for an engine: by the user's name, so that several tokens of a name share."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._usages: dict[str, _Usage] = {}

    @contextlib.contextmanager
    def asking(self, user: User) -> Iterator[None]:
        """Around one request.  Raises RequestError "rate-limited": it has cost nothing then."""
        usage = self._usage(user)
        _check_concurrency(user, usage)
        _take(user, usage)
        usage.in_flight += 1
        try:
            yield
        finally:
            usage.in_flight -= 1

    def _usage(self, user: User) -> _Usage:
        now = self._clock()
        usage = self._usages.setdefault(user.name, _Usage(user.burst, now))
        earned = math.inf if user.rate is None else (now - usage.at) * user.rate
        usage.allowance = min(float(user.burst), usage.allowance + earned)
        usage.at = now
        return usage


def _check_concurrency(user: User, usage: _Usage) -> None:
    if user.concurrency is not None and usage.in_flight >= user.concurrency:
        raise RequestError(
            "rate-limited",
            f"{user.name} has {usage.in_flight} requests in flight, as many as the token allows: "
            "wait for one to end, or ask who runs the engine for more",
        )


def _take(user: User, usage: _Usage) -> None:
    if user.rate is None:
        return
    if usage.allowance < 1.0:
        wait_s = (1.0 - usage.allowance) / user.rate
        raise RequestError(
            "rate-limited",
            f"{user.name} asks more than the token's {user.rate:g} requests a second: "
            f"ask again in {wait_s:.1f} s",
            retry_after_s=wait_s,
        )
    usage.allowance -= 1.0
