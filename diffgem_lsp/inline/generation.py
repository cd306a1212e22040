"""A hole -> what the engine makes of it, as far as it is worth showing."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from attrs import evolve, field, frozen

from diffgem_engine.protocol import Candidate, Result
from diffgem_lsp import filters
from diffgem_lsp.engine.errors import RequestRefused
from diffgem_lsp.inline.choices import Choice, Chosen, choose, distinct
from diffgem_lsp.inline.gate import Doorkeeper
from diffgem_lsp.options import Options

log = logging.getLogger(__name__)

Ask = Callable[..., Awaitable[Result]]  # `Filler.infill` for one hole; the rest is by name
NOTHING = Result(0, (), 0, 0, 0, 0.0, 0.0, 0.0)


@frozen
class Generated:
    """`choices`, best first, or the `reason` why there is none; `steps` of all that was asked."""

    choices: tuple[Choice, ...]
    reason: str
    confidence: float  # of the best candidate, worth showing or not
    steps: int
    kind: str  # of the hole, in words
    engine_s: float = field(default=0.0, eq=False)  # waited for the engine


@frozen
class Generation:
    """One hole's.  `most` is how many choices are wanted."""

    site: filters.Site
    options: Options
    door: Doorkeeper
    ask: Ask
    most: int = 1

    async def run(self, drafts: Sequence[str]) -> Generated:
        """Raises what the engine raises."""
        result, alternatives = await self._both(drafts)
        chosen = self._choose(result.candidates, alternatives.candidates)
        steps = result.steps + alternatives.steps
        for path in () if chosen.choices else _other_paths(result, self.options):
            result = await self._scored(path=path)
            chosen = self._choose(result.candidates)
            steps += result.steps
            if chosen.choices:
                break
        kind = self.site.kind.value
        return Generated(chosen.choices, chosen.reason, chosen.confidence, steps, kind)

    async def _both(self, drafts: Sequence[str]) -> tuple[Result, Result]:
        """The answer, and beside it one of several seeds where alternatives are wanted."""
        if self.most == 1:
            return await self._scored(drafts=drafts), NOTHING
        asked = [
            asyncio.ensure_future(self._scored(drafts=drafts)),
            asyncio.ensure_future(self._alternatives()),
        ]
        try:
            first, others = await asyncio.gather(*asked)
        finally:
            for each in asked:
                each.cancel()
        if others.candidates:
            first = evolve(first, candidates=_with_agreement(first, others))
        return first, others

    async def _alternatives(self) -> Result:
        """Not every format has several seeds: then there is the answer alone."""
        try:
            return await self.ask(seeds=self.most)
        except RequestRefused as refusal:
            log.info("no alternatives: %s", refusal)
            return NOTHING

    async def _scored(self, **named: Any) -> Result:
        return await self.ask(scored=self.door.wants_scores, **named)

    def _choose(
        self, candidates: Sequence[Candidate], alternatives: Sequence[Candidate] = ()
    ) -> Chosen:
        """Where a gate keeps the answer back, its alternatives, which nobody scored, stay too."""
        chosen = choose(candidates, self.site, self.door, self.most)
        if not alternatives or not (chosen.choices or self.door.is_open):
            return chosen
        others = choose(alternatives, self.site, self.door.for_unscored(), self.most)
        choices = distinct((*chosen.choices, *others.choices))[: self.most]
        return evolve(chosen, choices=choices, reason="" if choices else chosen.reason)


def _with_agreement(result: Result, seeds: Result) -> tuple[Candidate, ...]:
    """What a canvas came to, and none of the seeds did, has their agreement too: none."""
    shares = {each.texts: each.agreement for each in seeds.candidates}
    return tuple(
        evolve(each, agreement=shares.get(each.texts, 0.0)) if each.origin == "denoised" else each
        for each in result.candidates
    )


def _other_paths(answered: Result, options: Options) -> tuple[str, ...]:
    """On which the engine is asked again where its answer has nothing to show.

    Without a step a draft was its answer, and no canvas is filled yet.
    """
    canvas = () if answered.steps else ("diffusion",)
    return (*canvas, "autoregressive") if options.fallback else canvas
