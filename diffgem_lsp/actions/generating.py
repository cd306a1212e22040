"""An offer -> what stands in its openings then: ask, judge, and ask again where nothing fits."""

import asyncio
from collections.abc import Sequence

from attrs import evolve, frozen

from diffgem_engine.protocol import Candidate, Welcome
from diffgem_lsp.actions import asking, mending
from diffgem_lsp.actions.asking import Question
from diffgem_lsp.actions.judging import Judge
from diffgem_lsp.actions.kinds import ActionKind, Offer, Opening
from diffgem_lsp.engine.api import Counting, ProgressListener
from diffgem_lsp.engine.errors import RequestRefused, Withheld
from diffgem_lsp.filters import Filtered
from diffgem_lsp.holes.site import hole_at
from diffgem_lsp.inline.gate import two_digits
from diffgem_lsp.options import Options
from diffgem_lsp.prompt.assembly import Prompts
from diffgem_lsp.snapshots import Snapshot

SEEDS = 4  # of the last try
LONGEST_INSTRUCTION = 4_096  # characters, with the code that it is about


class NothingFits(Exception):
    """The message says why, for the user."""


@frozen
class Filling:
    """`text`, its lead and trail included, in LF line ends, for an opening; or the `reason` why
    there is none.
    """

    opening: Opening
    text: str
    confidence: float = 0.0
    reason: str = ""


@frozen
class Generator:
    """For one snapshot of a document and one of its offers, `until` a time of the running loop.

    Its methods raise NothingFits, and what the engine client raises.
    """

    snapshot: Snapshot
    offer: Offer
    engine: Counting
    options: Options
    until: float
    prompts: Prompts
    on_progress: ProgressListener | None = None

    async def alone(self, opening: Opening) -> Filling:
        """The first try that fits; where none does, the first, which says why."""
        tries = [(opening, 1), (opening, SEEDS)]
        if self.offer.kind is ActionKind.FIX:
            wide = mending.widened(self.snapshot, opening)
            tries = [(opening, 1), *([(wide, 1)] if wide != opening else []), (wide, SEEDS)]
        first: Filling | None = None
        for place, seeds in tries:
            found = await self._try(place, seeds)
            first = first or found
            if found.text or asyncio.get_running_loop().time() >= self.until:
                break
        return found if found.text or first is None else first

    async def _try(self, opening: Opening, seeds: int) -> Filling:
        welcome = await self.engine.ready()
        slots = min(await self.slots(opening, welcome), welcome.hole_slots)
        if seeds > 1 and slots > welcome.max_slots - asking.HEAD:
            return Filling(opening, "")  # several seeds fill one canvas
        prompts = self.prompt_for(welcome)
        question = asking.question(self.snapshot, [opening], [slots], prompts)
        try:
            candidates = await self.ask(question, seeds)
        except Withheld as secret:
            return Filling(opening, "", reason=str(secret))
        except RequestRefused:
            if seeds == 1:
                raise
            return Filling(opening, "")  # not every format has them
        return self.best(opening, [(each.texts[0], each.confidence) for each in candidates])

    async def ask(self, question: Question, seeds: int = 1) -> tuple[Candidate, ...]:
        """The first seed gives what one alone gave: the tries of several begin behind it."""
        left = max(1.0, (self.until - asyncio.get_running_loop().time()) * 1000)
        result = await self.engine.infill(
            question.prefix,
            question.suffix,
            question.canvas,
            seed=self.options.seed + (seeds > 1),
            sampling=self.options.sampling,
            on_progress=self.on_progress,
            deadline_ms=left,
            seeds=seeds,
            instruction=self._instruction(question.openings[0]),
        )
        return result.candidates

    async def slots(self, opening: Opening, welcome: Welcome) -> int:
        text = self.snapshot.text[opening.start : opening.end]
        replaced = 0
        if self.offer.kind.replaces:
            [replaced] = await self.engine.count([text])
        return asking.slots_for(self.snapshot, opening, self.offer.kind, replaced, welcome)

    def prompt_for(self, welcome: Welcome) -> asking.PromptAt:
        """Whatever a completion there would be told, but for drafts."""
        options = evolve(self.options, drafts=False)
        return lambda at: self.prompts.of(at, hole_at(at), welcome, options)

    def _instruction(self, opening: Opening) -> str:
        """With the code that is to be rewritten, which the hole does not show."""
        if not self.offer.instruction:
            return ""
        code = self.snapshot.text[opening.start : opening.end]
        whole = f"{self.offer.instruction}\nIt is about this code, and stands for it then:\n{code}"
        if len(whole) > LONGEST_INSTRUCTION:
            raise NothingFits("the selection is too long to be rewritten: select less")
        return whole

    def best(self, opening: Opening, candidates: Sequence[tuple[str, float]]) -> Filling:
        """The first that fits."""
        judge = Judge(*asking.beside(self.snapshot, opening, self.offer.openings), self.offer.kind)
        reason = "the model proposes nothing"
        for number, (text, confidence) in enumerate(candidates):
            kept = self._kept(judge, text, confidence)
            if kept.text:
                return Filling(opening, kept.text, confidence)
            reason = reason if number else kept.reason
        return Filling(opening, "", reason=reason)

    def _kept(self, judge: Judge, text: str, confidence: float) -> Filtered:
        """Who asks sees the best there is, but for a threshold of the user's own."""
        if confidence < (self.options.min_confidence or 0.0):
            return Filtered("", f"confidence {two_digits(confidence)} is too low")
        return judge.kept(text)
