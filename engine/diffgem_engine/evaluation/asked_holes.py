"""A hole -> what the engine wrote there, and what a user would have seen."""

import time
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from diffgem_engine.evaluation.asking import AskedEngine
from diffgem_engine.evaluation.cuts import Hole
from diffgem_engine.protocol import Hole as HoleSlots
from diffgem_engine.protocol import Result, Sampling, Segment, Welcome
from diffgem_lsp.inline import completion
from diffgem_lsp.options import Options
from diffgem_lsp.syntax.scopes import error_count

LONGEST_CANVAS = 256
ONE_LINE = frozenset(("line", "rest", "arguments", "string", "comment"))


@frozen
class Asked:
    """What the language server sent for a hole."""

    prefix: str
    suffix: str
    slots: int


@frozen
class Answer:
    """`written` is the engine's own text, on a hole of one line without what goes beyond it;
    `shown` is what the language server makes of its candidates, empty where it stays quiet.
    """

    hole: Hole
    asked: Asked
    written: str
    shown: str
    reason: str  # why it is quiet
    origin: str  # of what is shown
    confidence: float
    steps: int  # of all that was asked
    written_steps: int  # of what the engine wrote
    latency_ms: float
    written_valid: bool
    shown_valid: bool

    @property
    def is_right(self) -> bool:
        """Quiet is a miss."""
        return is_same(self.shown, self.hole.expected)

    @property
    def is_written_right(self) -> bool:
        return is_same(self.written, self.hole.expected)


def is_same(text: str, expected: str) -> bool:
    """White space at a line's end says nothing."""
    return _tidied(text) == _tidied(expected)


def _tidied(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.rstrip().split("\n"))


def one_hole(hole: Hole, text: str) -> str:
    """`text` as far as it can belong to `hole`."""
    return text.split("\n", 1)[0] if hole.kind in ONE_LINE else text


class Recording:
    """An engine whose last request and result can be looked at."""

    def __init__(self, engine: AskedEngine) -> None:
        self._engine = engine
        self.asked = Asked("", "", 0)
        self.result: Result | None = None

    async def ready(self) -> Welcome:
        return await self._engine.ready()

    async def infill(
        self, prefix: str, suffix: str, canvas: Sequence[Segment], **named: Any
    ) -> Result:
        slots = sum(part.slots for part in canvas if isinstance(part, HoleSlots))
        self.asked = Asked(prefix, suffix, slots)
        self.result = await self._engine.infill(prefix, suffix, canvas, **named)
        return self.result

    async def filled(self, sampling: Sampling) -> Result | None:
        """The last result; where a draft was enough for it, that of a canvas in its place."""
        if self.result is None or self.result.steps:
            return self.result
        prefix, suffix, slots = self.asked.prefix, self.asked.suffix, self.asked.slots
        return await self._engine.infill(prefix, suffix, (HoleSlots(slots),), sampling=sampling)


async def answer(engine: AskedEngine, hole: Hole, sampling: Sampling) -> Answer:
    """Through the language server's own path, as one request of a user; but with no gate, which
    `eval gate` is for.
    """
    recorded, snapshot = Recording(engine), hole.snapshot()
    options = Options(steps=sampling.steps, min_confidence=0.0)
    began = time.perf_counter()
    made = await completion.complete(snapshot, recorded, options, completion.Memory())
    latency_ms = 1000 * (time.perf_counter() - began)
    filled = await recorded.filled(sampling)
    text, confidence = _denoised(filled)
    text = one_hole(hole, text)
    return Answer(
        hole=hole,
        asked=recorded.asked,
        written=text,
        shown=made.text,
        reason=made.reason,
        origin=made.origin,
        confidence=made.confidence if made.text else confidence,
        steps=made.steps,
        written_steps=filled.steps if filled is not None else 0,
        latency_ms=latency_ms,
        written_valid=is_valid(hole, text),
        shown_valid=bool(made.text) and is_valid(hole, made.text),
    )


def _denoised(result: Result | None) -> tuple[str, float]:
    """What the canvas itself held, whatever was put before it; with its confidence."""
    for candidate in result.candidates if result is not None else ():
        if candidate.origin != "draft":
            return "".join(candidate.texts), candidate.confidence
    return "", 0.0


def is_valid(hole: Hole, text: str) -> bool:
    """Whether the document has no more syntax errors with `text` than with what stood there."""
    snapshot = hole.snapshot()
    counts = []
    for each in (text, hole.expected):
        tree = snapshot.replaced(hole.start, hole.start, each).tree
        counts.append(error_count(tree) if tree is not None else 0)
    return counts[0] <= counts[1]


async def written(
    engine: AskedEngine, answer: Answer, slots: int, sampling: Sampling, path: str = "diffusion"
) -> str:
    """The engine's own text for a canvas of so many slots, in the same context."""
    asked, canvas = answer.asked, (HoleSlots(max(1, min(slots, LONGEST_CANVAS))),)
    result = await engine.infill(asked.prefix, asked.suffix, canvas, sampling=sampling, path=path)
    return one_hole(answer.hole, "".join(result.candidates[0].texts))


async def token_counts(engine: AskedEngine, texts: Sequence[str]) -> list[int]:
    """How many tokens each text has, asked for in pieces that an engine answers."""
    counts: list[int] = []
    for text in texts:
        counts.extend(await engine.count([text]))
    return counts
