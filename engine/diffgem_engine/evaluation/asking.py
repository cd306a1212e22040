"""The engine under evaluation: one of this process, or a running one somewhere else."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from diffgem_engine.backends.base import Backend
from diffgem_engine.checkpoint import Checkpoint
from diffgem_engine.endpoint import parse_endpoint
from diffgem_engine.protocol import (
    Infill,
    Progress,
    Result,
    Review,
    Reviewed,
    Sampling,
    Segment,
    Welcome,
)
from diffgem_lsp.engine.client import EngineClient
from diffgem_lsp.engine.timing import Timing


class AskedEngine(Protocol):
    """What a completion asks of an engine, and what an evaluation asks besides.

    `diffgem_lsp.engine.client.EngineClient` is one.
    """

    async def ready(self) -> Welcome: ...

    async def prompt_tokens(self) -> int: ...

    async def infill(
        self,
        prefix: str,
        suffix: str,
        canvas: Sequence[Segment],
        *,
        seed: int = 0,
        sampling: Sampling | None = None,
        path: str = "diffusion",
        drafts: Sequence[str] = (),
        seeds: int = 1,
        scored: bool = False,
        on_progress: Callable[[Progress], None] | None = None,
        deadline_ms: float | None = None,
        instruction: str = "",
    ) -> Result: ...

    async def review(self, prefix: str, code: str, suffix: str) -> Reviewed: ...

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]: ...


class InProcess:
    """A backend as an AskedEngine."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._next = 0

    async def ready(self) -> Welcome:
        return self._backend.welcome

    async def prompt_tokens(self) -> int:
        return self._backend.welcome.prompt_tokens

    async def infill(
        self,
        prefix: str,
        suffix: str,
        canvas: Sequence[Segment],
        *,
        seed: int = 0,
        sampling: Sampling | None = None,
        path: str = "diffusion",
        drafts: Sequence[str] = (),
        seeds: int = 1,
        scored: bool = False,
        on_progress: Callable[[Progress], None] | None = None,
        deadline_ms: float | None = None,
        instruction: str = "",
    ) -> Result:
        """Raises RequestError."""
        self._next += 1
        request = Infill(
            self._next, prefix, suffix, tuple(canvas), seed, sampling or Sampling(), path=path,
            drafts=tuple(drafts), deadline_ms=deadline_ms, seeds=seeds, instruction=instruction,
            scored=scored,
        )  # fmt: skip
        return await self._backend.infill(request, on_progress)

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
