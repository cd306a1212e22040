"""The contract between the server and what does the work."""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from diffgem_engine.protocol import Infill, Progress, Result, Review, Reviewed, Welcome
from diffgem_engine.protocol.failing import RequestError, draining, failed_here

__all__ = [
    "LONGEST_TOKEN",
    "Backend",
    "ProgressSink",
    "Reachable",
    "RequestError",
    "draining",
    "failed_here",
]

LONGEST_TOKEN = 64  # characters; text with more for each slot of a canvas cannot fit it
ProgressSink = Callable[[Progress], None]


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
