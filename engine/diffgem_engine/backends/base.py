"""The contract between the server and what does the work."""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from diffgem_engine.protocol import Infill, Progress, Result, Review, Reviewed, Welcome

LONGEST_TOKEN = 64  # characters; text with more for each slot of a canvas cannot fit it
ProgressSink = Callable[[Progress], None]


class RequestError(Exception):
    """A request that cannot be done, and why: as `Failure` says it."""

    def __init__(self, code: str, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


def draining() -> RequestError:
    """What a request hears that comes, or still waits, while the engine ends."""
    return RequestError("draining", "the engine is shutting down")


class Backend(Protocol):
    """Its methods are called on one event loop, and so must `on_progress` be."""

    @property
    def welcome(self) -> Welcome: ...

    @property
    def most_at_once(self) -> int:
        """Requests of one priority that it is given; with more none would be done sooner."""

    @property
    def broken(self) -> bool:
        """It has failed for good: every request from now on does."""

    def when_broken(self, call: Callable[[], None]) -> None:
        """Have `call` called on the running loop once it has failed for good, whoever waits."""

    async def infill(self, request: Infill, on_progress: ProgressSink | None) -> Result:
        """Raises RequestError.  Cancelling it ends the work at the next step.

        The request has passed `validation.check`.
        """

    async def review(self, request: Review) -> Reviewed:
        """As `infill`; the request has passed `validation.check_review`."""

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        """How many tokens each text has; nothing else waits for it."""

    async def close(self) -> None: ...


@runtime_checkable
class Reachable(Protocol):
    """A backend that may be there and yet, for a while, fill nothing."""

    async def unready(self) -> str:
        """Why, in words; empty where it can.  Within a second or two."""
