"""A backend without a model whose texts tell which request they were made for."""

import asyncio
import re
from collections.abc import Callable, Sequence

from diffgem_engine.backends import ProgressSink
from diffgem_engine.canvas import LONGEST_CANVAS
from diffgem_engine.protocol import (
    PROTOCOL_VERSION,
    Candidate,
    Infill,
    Result,
    Review,
    Reviewed,
    Welcome,
)

TOLD = re.compile(r"q(\d+)end\Z")
_HELD = 5  # of so many requests one may be held


class TellingBackend:
    """The n-th request is answered by a name with n in it."""

    broken = False

    def __init__(self) -> None:
        self.asked: list[Infill] = []
        self._released = asyncio.Event()

    @property
    def welcome(self) -> Welcome:
        return Welcome(
            protocol=PROTOCOL_VERSION,
            engine="0",
            model="telling",
            device="cpu",
            dtype="none",
            max_slots=LONGEST_CANVAS,
            prompt_tokens=768,
            hole_slots=LONGEST_CANVAS,
        )

    def when_broken(self, call: Callable[[], None]) -> None:
        """It never is."""

    def text(self, number: int) -> str:
        return f"q{number}end"

    def hold(self) -> None:
        """From now on, leave some requests without an answer."""
        self._released.clear()

    def release(self) -> None:
        """Answer what is held, and what comes, until the next `hold`."""
        self._released.set()

    async def infill(self, request: Infill, on_progress: ProgressSink | None) -> Result:
        number = len(self.asked)
        self.asked.append(request)
        if number % _HELD == 0:
            await self._released.wait()
        candidate = Candidate((self.text(number),), 0.99)
        return Result(request.id, (candidate,), 1, 0, 0, 0.0, 0.0, 0.0)

    async def review(self, request: Review) -> Reviewed:
        return Reviewed(request.id, (), 0, 0, 0.0, 0.0, 0.0)

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(len(text) for text in texts)

    async def close(self) -> None:
        self.release()
