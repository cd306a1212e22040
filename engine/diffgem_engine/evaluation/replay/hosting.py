"""An engine of this process that a language server finds at a socket, and what it was asked."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from attrs import frozen

from diffgem_engine.backends import Backend, ProgressSink
from diffgem_engine.backends.around import Around
from diffgem_engine.endpoint import UnixEndpoint
from diffgem_engine.process.server import EngineServer
from diffgem_engine.process.sockets import claimed
from diffgem_engine.protocol import Infill, Result


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


class Recording(Around):
    """A backend that keeps what it was asked, and the answers."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self.exchanges: list[Exchange] = []
        self.begun = 0

    async def infill(self, request: Infill, on_progress: ProgressSink | None) -> Result:
        self.begun += 1
        result = await super().infill(request, on_progress)
        self.exchanges.append(Exchange(request, result))
        return result


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
