"""What may be asked of an engine, whoever stands for it: the client, its guard, an evaluation."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypedDict, Unpack

from diffgem_engine.protocol import Infill, Progress, Result, Reviewed, Sampling, Segment, Welcome
from diffgem_lsp import tracing

ProgressListener = Callable[[Progress], None]


class Wishes(TypedDict, total=False):
    """What an `Infill` says beside its text and its canvas; the rest is as the protocol has it."""

    seed: int
    sampling: Sampling | None
    on_progress: ProgressListener | None
    path: str
    drafts: Sequence[str]
    deadline_ms: float | None
    priority: str
    seeds: int
    instruction: str
    scored: bool
    task: str
    trace: str


class Filler(Protocol):
    """An engine that fills holes."""

    async def ready(self) -> Welcome:
        """What the engine says of itself, once it is there."""

    async def infill(
        self, prefix: str, suffix: str, canvas: Sequence[Segment], **wishes: Unpack[Wishes]
    ) -> Result: ...


class Counting(Filler, Protocol):
    """One that counts tokens too."""

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]: ...


class Reviewing(Filler, Protocol):
    """One that looks at code as it is."""

    async def review(self, prefix: str, code: str, suffix: str) -> Reviewed: ...


def infill_of(prefix: str, suffix: str, canvas: Sequence[Segment], wishes: Wishes) -> Infill:
    """The message, but for its id and whether progress is wanted; it has the current trace."""
    said: dict[str, Any] = {name: value for name, value in wishes.items() if value is not None}
    said.pop("on_progress", None)
    said["drafts"] = tuple(said.get("drafts", ()))
    said.setdefault("trace", tracing.current())
    return Infill(0, prefix, suffix, tuple(canvas), **said)
