"""An engine of this process that a language server finds at a socket, and what it was asked."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from attrs import frozen

from diffgem_engine.backends import Backend, ProgressSink
from diffgem_engine.endpoint import UnixEndpoint
from diffgem_engine.protocol import Infill, Result, Review, Reviewed, Welcome
from diffgem_engine.server import EngineServer
from diffgem_engine.sockets import claimed


@frozen
class Exchange:
    """A request that the engine answered."""

    asked: Infill
    answered: Result

    @property
    def best(self) -> str:
        """The text that it holds for best, before any filter."""
        first = self.answered.candidates[0] if self.answered.candidates else None
        return "".join(first.texts) if first is not None else ""


class Recording:
    """A backend that keeps what it was asked, and the answers."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.exchanges: list[Exchange] = []
        self.begun = 0

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
        self.begun += 1
        result = await self._backend.infill(request, on_progress)
        self.exchanges.append(Exchange(request, result))
        return result

    async def review(self, request: Review) -> Reviewed:
        return await self._backend.review(request)

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        return await self._backend.count(texts)

    async def close(self) -> None:
        await self._backend.close()


@contextlib.asynccontextmanager
async def hosted(backend: Backend) -> AsyncIterator[Path]:
    """The socket's path; the backend is closed in the end."""
    with (
        tempfile.TemporaryDirectory(prefix="dgr-", ignore_cleanup_errors=True) as folder,
        claimed(UnixEndpoint(Path(folder) / "s")) as claim,
    ):
        server = EngineServer(backend, claim)
        running = asyncio.create_task(server.run())
        await server.ready.wait()
        try:
            yield Path(folder) / "s"
        finally:
            server.stop()
            server.stop()  # and do not wait for what nobody reads
            await running
