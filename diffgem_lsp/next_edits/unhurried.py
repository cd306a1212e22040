"""An engine for work that nobody waits for: it pauses while there is interactive work."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diffgem_engine.protocol import Result, Reviewed, Sampling, Segment

if TYPE_CHECKING:  # it brings websockets
    from diffgem_lsp.privacy.guarded import GuardedEngine


class Unhurried:
    """An `Engine` of next edits whose requests come after everybody else's."""

    def __init__(self, client: "GuardedEngine") -> None:
        self._client = client

    async def prompt_tokens(self) -> int:
        return await self._client.prompt_tokens()

    async def infill(
        self,
        prefix: str,
        suffix: str,
        canvas: Sequence[Segment],
        *,
        seed: int = 0,
        sampling: Sampling | None = None,
        drafts: Sequence[str] = (),
    ) -> Result:
        return await self._client.infill(
            prefix, suffix, canvas, seed=seed, sampling=sampling, drafts=drafts,
            priority="background",
        )  # fmt: skip

    async def review(self, prefix: str, code: str, suffix: str) -> Reviewed:
        return await self._client.review(prefix, code, suffix)
