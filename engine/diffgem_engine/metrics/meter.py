"""What the parts of the engine report, whoever keeps it.  Imports no Prometheus."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable


class Meter(Protocol):
    """Called on the event loop; each call is cheap.

    A label has few values: a path or a reason is one of a handful of words, never what a client
    says.
    """

    def waiting(self, queue: str) -> AbstractContextManager[None]:
        """While inside, a request waits in `queue`; the time is noted at its end."""

    def watch_queue(self, queue: str, length: Callable[[], int]) -> None:
        """`length` says how many wait in `queue`; asked at each scrape."""

    def stepped(self, path: str, steps: int, tokens: int) -> None:
        """A request took so many forward passes of its path, and they wrote so many tokens."""

    def routed(self, path: str, reason: str) -> None:
        """A router gave a request to `path` first."""

    def fell_back(self, path: str, reason: str) -> None:
        """A request left `path`, for which it was meant, for another one."""

    def invalid(self, path: str, reason: str) -> None:
        """What came of `path` did not pass its validation."""

    def watch_upstream(self, upstream: str, up: Callable[[], bool]) -> None:
        """`up` says whether requests go to it; asked at each scrape."""

    def upstream_failed(self, upstream: str, why: str) -> None:
        """It did not answer as it should; `why` is the kind of an `UpstreamError`."""

    def retried(self, upstream: str) -> None:
        """A request that `upstream` did not take is asked again, there or elsewhere."""


@runtime_checkable
class Metered(Protocol):
    """A backend that has more to report than its results say."""

    def report_to(self, meter: Meter) -> None: ...
