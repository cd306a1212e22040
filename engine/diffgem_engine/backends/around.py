"""A backend around a backend, which does what that one does."""

from collections.abc import Callable, Sequence

from diffgem_engine.backends.base import Backend, ProgressSink
from diffgem_engine.protocol import Infill, Result, Review, Reviewed, Welcome


class Around:
    """Whoever does more overrides a part of it."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @property
    def welcome(self) -> Welcome:
        return self._backend.welcome

    @property
    def most_at_once(self) -> int:
        return self._backend.most_at_once

    @property
    def broken(self) -> bool:
        return self._backend.broken

    def when_broken(self, call: Callable[[], None]) -> None:
        self._backend.when_broken(call)

    async def infill(self, request: Infill, on_progress: ProgressSink | None) -> Result:
        return await self._backend.infill(request, on_progress)

    async def review(self, request: Review) -> Reviewed:
        return await self._backend.review(request)

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        return await self._backend.count(texts)

    async def close(self) -> None:
        await self._backend.close()
