"""A chunk and its mistakes -> what the model thinks of them."""

import time
from itertools import accumulate

from attrs import frozen

from diffgem_engine.evaluation.asking import AskedEngine
from diffgem_engine.evaluation.chunks import Chunk
from diffgem_engine.evaluation.mistakes import Mistake


@frozen
class Token:
    """A token of reviewed code, from `start`; `better` is what the model finds likeliest there."""

    text: str
    start: int
    probability: float
    better: str

    @property
    def end(self) -> int:
        """One that has a part of a character has it as its own."""
        return self.start + max(1, len(self.text))


@frozen
class CleanReview:
    """Of code without a mistake in it."""

    tokens: tuple[Token, ...]
    latency_ms: float

    def flagged(self, threshold: float) -> int:
        """How many tokens are less likely than that."""
        return sum(token.probability < threshold for token in self.tokens)


@frozen
class BrokenReview:
    """Of code with a mistake in it, which `wrong` of the tokens have a part of."""

    mistake: Mistake
    tokens: tuple[Token, ...]
    latency_ms: float

    @property
    def wrong(self) -> tuple[Token, ...]:
        start, end = self.mistake.start, self.mistake.end
        return tuple(t for t in self.tokens if t.start < end and start < t.end)

    @property
    def right(self) -> str:
        """What should stand in the place of the wrong tokens."""
        first, last, broken = self.wrong[0], self.wrong[-1], self.mistake.broken
        before = broken[first.start : self.mistake.start]
        behind = broken[self.mistake.end : last.start + len(last.text)]
        return before + self.mistake.right + behind

    @property
    def better(self) -> str:
        return "".join(token.better for token in self.wrong)

    @property
    def is_mended(self) -> bool:
        return self.better == self.right

    def is_found(self, threshold: float) -> bool:
        return any(token.probability < threshold for token in self.wrong)


async def review_clean(engine: AskedEngine, chunk: Chunk) -> CleanReview:
    return CleanReview(*await _review(engine, chunk.prefix, chunk.code, chunk.suffix))


async def review_broken(engine: AskedEngine, mistake: Mistake) -> BrokenReview:
    reviewed = await _review(engine, mistake.prefix, mistake.broken, mistake.suffix)
    return BrokenReview(mistake, *reviewed)


async def _review(
    engine: AskedEngine, prefix: str, code: str, suffix: str
) -> tuple[tuple[Token, ...], float]:
    """The tokens, and how long the answer took."""
    began = time.perf_counter()
    reply = await engine.review(prefix, code, suffix)
    latency_ms = 1000 * (time.perf_counter() - began)
    starts = accumulate((len(token.text) for token in reply.tokens), initial=0)
    tokens = (
        Token(token.text, start, token.probability, token.better)
        for token, start in zip(reply.tokens, starts, strict=False)
    )
    return tuple(tokens), latency_ms
