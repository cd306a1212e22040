"""The engine under evaluation: one of this process, or a running one somewhere else."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, Unpack

from attrs import evolve

from diffgem_engine.backends.base import Backend
from diffgem_engine.checkpoint.loading import Checkpoint
from diffgem_engine.endpoint import parse_endpoint
from diffgem_engine.protocol import (
    Result,
    Review,
    Reviewed,
    Segment,
    Welcome,
)
from diffgem_lsp.engine.api import Counting, Reviewing, Wishes, infill_of
from diffgem_lsp.engine.client import EngineClient
from diffgem_lsp.engine.timing import Timing


class AskedEngine(Counting, Reviewing, Protocol):
    """All that an engine may be asked.  `diffgem_lsp.engine.client.EngineClient` is one."""


class InProcess:
    """A backend as an AskedEngine."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._next = 0

    async def ready(self) -> Welcome:
        return self._backend.welcome

    async def infill(
        self, prefix: str, suffix: str, canvas: Sequence[Segment], **wishes: Unpack[Wishes]
    ) -> Result:
        """Raises RequestError."""
        self._next += 1
        request = evolve(infill_of(prefix, suffix, canvas, wishes), id=self._next)
        return await self._backend.infill(request, wishes.get("on_progress"))

    async def review(self, prefix: str, code: str, suffix: str) -> Reviewed:
        """Raises RequestError."""
        self._next += 1
        return await self._backend.review(Review(self._next, prefix, code, suffix))

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        return await self._backend.count(texts)


@asynccontextmanager
async def engine_of(checkpoint: Checkpoint) -> AsyncIterator[AskedEngine]:
    """An engine of this process."""
    from diffgem_engine.backends.local import LocalBackend  # noqa: PLC0415 - brings torch

    backend = LocalBackend(checkpoint)
    try:
        yield InProcess(backend)
    finally:
        await backend.close()


@asynccontextmanager
async def engine_at(endpoint: str) -> AsyncIterator[AskedEngine]:
    """A running engine.  Raises EndpointError, and EngineError where none answers."""
    client = EngineClient(parse_endpoint(endpoint), timing=Timing(attempts=1))
    try:
        await client.ready()
        yield client
    finally:
        await client.close()
