"""A backend without a model whose texts tell which request they were made for."""

import asyncio
import re
from collections.abc import Sequence

from diffgem_engine.backends import ProgressSink
from diffgem_engine.backends.modelless import Modelless
from diffgem_engine.protocol import Candidate, Infill, Result

TOLD = re.compile(r"q(\d+)end\Z")
_HELD = 5  # of so many requests one may be held


class TellingBackend(Modelless):
    """The n-th request is answered by a name with n in it."""

    def __init__(self) -> None:
        super().__init__("telling")
        self.asked: list[Infill] = []
        self._released = asyncio.Event()

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

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(len(text) for text in texts)

    async def close(self) -> None:
        self.release()
