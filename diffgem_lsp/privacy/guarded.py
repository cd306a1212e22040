"""The one way to the engine: what looks like a secret is taken out of all text that goes there.

Nothing else may ask an `EngineClient`; `tests/lsp/test_guarded.py` looks at every import.
"""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Unpack

from attrs import evolve

from diffgem_engine.protocol import (
    Hole,
    Pinned,
    Result,
    Reviewed,
    Segment,
    Welcome,
)
from diffgem_lsp.engine.api import Wishes
from diffgem_lsp.engine.errors import Withheld
from diffgem_lsp.privacy.finding import find
from diffgem_lsp.privacy.redaction import MARK, redact, replaced, secrets_around

if TYPE_CHECKING:  # it brings websockets
    from diffgem_lsp.engine.client import EngineClient, EngineState

AT_CURSOR = "the cursor is in what looks like a password, a token or a key"
MUST_STAY = "the code holds what looks like a password, a token or a key"


class GuardedEngine:
    """An engine client that no secret gets through; else it is and does what the client does."""

    def __init__(
        self, client: "EngineClient", known: Callable[[], tuple[str, ...]] = tuple
    ) -> None:
        """`known` are secrets, wherever they stand; asked for once something is to be sent."""
        self._client, self._known = client, known

    def knowing(self, text: str, *places: int) -> "GuardedEngine":
        """For requests about parts of a document's text that do not show what their values are:
        the secrets around these places do not get through either.
        """
        return GuardedEngine(self._client, cache(lambda: secrets_around(text, *places)))

    @property
    def state(self) -> "EngineState":
        return self._client.state

    @property
    def message(self) -> str:
        return self._client.message

    @property
    def welcome(self) -> Welcome | None:
        return self._client.welcome

    @property
    def rest_s(self) -> float:
        return self._client.rest_s

    def start(self) -> None:
        self._client.start()

    def retry(self) -> None:
        self._client.retry()

    def let_go(self) -> None:
        self._client.let_go()

    async def close(self) -> None:
        await self._client.close()

    async def ready(self) -> Welcome:
        return await self._client.ready()

    async def infill(
        self, prefix: str, suffix: str, canvas: Sequence[Segment], **wishes: Unpack[Wishes]
    ) -> Result:
        """Raises Withheld where a hole is in a secret, or text between holes holds one."""
        prefix, suffix = self._without_known(prefix, suffix)
        pinned = "".join(each.text for each in canvas if isinstance(each, Pinned))
        if self._without_known(pinned) != [pinned]:
            raise Withheld(MUST_STAY)
        before, after = around(prefix, suffix, canvas)
        known = (each for each in wishes.get("drafts", ()) if self._without_known(each) == [each])
        wishes["drafts"] = harmless([*known], prefix)
        [instruction] = self._without_known(wishes.get("instruction", ""))
        wishes["instruction"] = redact(instruction).text
        return _without_marks(await self._client.infill(before, after, canvas, **wishes))

    async def review(
        self, prefix: str, code: str, suffix: str, *, priority: str = "background"
    ) -> Reviewed:
        """Raises Withheld where `code`, which must be looked at as it is, holds a secret."""
        if self._without_known(code) != [code]:
            raise Withheld(MUST_STAY)
        prefix, suffix = self._without_known(prefix, suffix)
        text, start, end = prefix + code + suffix, len(prefix), len(prefix) + len(code)
        spans = find(text)
        if replaced(text, start, end, spans).count:
            raise Withheld(MUST_STAY)
        before, after = replaced(text, 0, start, spans), replaced(text, end, len(text), spans)
        return await self._client.review(before.text, code, after.text, priority=priority)

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        whole = (redact(text).text for text in texts)
        return await self._client.count(self._without_known(*whole))

    def _without_known(self, *texts: str) -> list[str]:
        for secret in self._known():
            texts = tuple(text.replace(secret, MARK) for text in texts)
        return [*texts]


def around(prefix: str, suffix: str, canvas: Sequence[Segment]) -> tuple[str, str]:
    """Prefix and suffix without secrets, looked at with all that is known between them.

    Raises Withheld.
    """
    parts = [each.starts_with if isinstance(each, Hole) else each.text for each in canvas]
    text = "".join([prefix, *parts, suffix])
    ends = list(accumulate(map(len, parts), initial=len(prefix)))
    holes = [end for each, end in zip(canvas, ends[1:], strict=True) if isinstance(each, Hole)]
    spans = find(text, holes)
    if any(first <= hole <= last for first, last in spans for hole in holes):
        raise Withheld(AT_CURSOR)
    if replaced(text, len(prefix), ends[-1], spans).count:
        raise Withheld(MUST_STAY)
    before, after = (
        replaced(text, start, end, spans)
        for start, end in ((0, len(prefix)), (ends[-1], len(text)))
    )
    return before.text, after.text


def harmless(drafts: Sequence[str], prefix: str) -> tuple[str, ...]:
    """Those that are no secret where they would stand."""
    head = prefix[prefix.rfind("\n") + 1 :]
    return tuple(
        each
        for each in drafts
        if MARK not in each and not any(last > len(head) for _, last in find(head + each))
    )


def _without_marks(result: Result) -> Result:
    """The model copies what it reads, and nobody wants to be shown that something was taken out."""
    kept = tuple(each for each in result.candidates if not any(MARK in text for text in each.texts))
    return result if len(kept) == len(result.candidates) else evolve(result, candidates=kept)
