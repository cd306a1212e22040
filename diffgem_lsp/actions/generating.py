"""An offer -> what stands in its openings then: ask, judge, and ask again where nothing fits."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from typing import Protocol

from attrs import evolve, frozen

from diffgem_engine.protocol import Candidate, Progress, Result, Sampling, Segment, Welcome
from diffgem_lsp.actions import asking, mending
from diffgem_lsp.actions.asking import Question
from diffgem_lsp.actions.judging import Judge
from diffgem_lsp.actions.kinds import ActionKind, Offer, Opening
from diffgem_lsp.engine.errors import RequestRefused, Withheld
from diffgem_lsp.filters import Filtered
from diffgem_lsp.options import Options
from diffgem_lsp.snapshots import Snapshot

DEADLINE_MS = 20_000.0  # of one action, whatever it takes
SEEDS = 4  # of the last try
LONGEST_TOKEN = 12  # characters, of code: text with more for each slot is not worth counting
LONGEST_INSTRUCTION = 4_096  # characters, with the code that it is about

ProgressListener = Callable[[Progress], None]


class Engine(Protocol):
    """The engine as an action needs it; `engine.client.EngineClient` is one."""

    async def ready(self) -> Welcome: ...

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]: ...

    async def infill(
        self,
        prefix: str,
        suffix: str,
        canvas: Sequence[Segment],
        *,
        seed: int = 0,
        sampling: Sampling | None = None,
        on_progress: ProgressListener | None = None,
        deadline_ms: float | None = None,
        seeds: int = 1,
        instruction: str = "",
    ) -> Result: ...


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
    """For one snapshot of a document and one of its offers."""

    snapshot: Snapshot
    offer: Offer
    engine: Engine
    options: Options
    on_progress: ProgressListener | None = None
    together: bool | None = None  # several openings in one canvas; None where that is the quicker

    async def fillings(self) -> list[Filling]:
        """One for each opening, in order.  Raises NothingFits where there is none at all, and what
        the engine client raises.
        """
        until = asyncio.get_running_loop().time() + DEADLINE_MS / 1000
        openings = self.offer.openings
        if len(openings) == 1:
            found = [await self._alone(openings[0], until)]
        elif self.together or (self.together is None and await self._is_wide()):
            found = await self._together(until)
        else:
            found = await self._in_turn(until)
        if not any(each.text for each in found):
            raise NothingFits(found[0].reason)
        return found

    async def _is_wide(self) -> bool:
        """Slots cost a GPU little.  On a CPU three short canvases take a third of the time of the
        long one that has all of them, and say as much (`eval cursors`).
        """
        return (await self.engine.ready()).device.startswith("cuda")

    async def _in_turn(self, until: float) -> list[Filling]:
        """One after the other; each sees what those before it wrote."""
        made, found, moved = self, [], 0
        for at, opening in enumerate(self.offer.openings):
            left = tuple(each.moved(moved) for each in self.offer.openings[at:])
            here = left[0]
            made = evolve(made, offer=evolve(self.offer, openings=left))
            filling = await made._alone(here, until)
            found.append(evolve(filling, opening=opening))
            if filling.text:
                moved += len(filling.text) - (here.end - here.start)
                changed = made.snapshot.replaced(here.start, here.end, filling.text)
                made = evolve(made, snapshot=changed)
        return found

    async def _together(self, until: float) -> list[Filling]:
        """Those that nothing fits in a shared canvas get one of their own."""
        questions = await self._questions()
        answers = await asyncio.gather(*(self._shared(each, until) for each in questions))
        found = [filling for answer in answers for filling in answer]
        return [each if each.text else await self._alone(each.opening, until) for each in found]

    async def _questions(self) -> list[Question]:
        welcome, openings = await self.engine.ready(), self.offer.openings
        between = await self._between(welcome.max_slots)
        slots = [min(await self._slots(each, welcome), asking.SHARED_SLOTS) for each in openings]
        window = asking.window_of(welcome, self.options)
        groups = asking.together(between, slots, welcome.max_slots)
        return [
            asking.question(
                self.snapshot, [openings[at] for at in group], [slots[at] for at in group], window
            )
            for group in groups
        ]

    async def _between(self, max_slots: int) -> list[int]:
        """The tokens between the holes; of text that no canvas could hold it is not asked."""
        opened, places = asking.all_opened(self.snapshot, self.offer.openings)
        spans = itertools.pairwise(places)
        texts = [opened.text[start:end] for start, end in spans]
        short = [text for text in texts if len(text) <= LONGEST_TOKEN * max_slots]
        counted = iter(await self.engine.count(short))
        return [next(counted) if text in short else max_slots for text in texts]

    async def _shared(self, question: Question, until: float) -> list[Filling]:
        """An engine whose format fills one hole alone refuses several, and a secret may stand
        between them.
        """
        try:
            candidates = await self._ask(question, until)
        except (RequestRefused, Withheld):
            if len(question.openings) == 1:
                raise
            return [Filling(each, "") for each in question.openings]
        return [
            self._best(opening, [(each.texts[at], each.confidence) for each in candidates])
            for at, opening in enumerate(question.openings)
        ]

    async def _alone(self, opening: Opening, until: float) -> Filling:
        """The first try that fits; where none does, the first, which says why."""
        tries = [(opening, 1), (opening, SEEDS)]
        if self.offer.kind is ActionKind.FIX:
            wide = mending.widened(self.snapshot, opening)
            tries = [(opening, 1), *([(wide, 1)] if wide != opening else []), (wide, SEEDS)]
        first: Filling | None = None
        for place, seeds in tries:
            found = await self._try(place, seeds, until)
            first = first or found
            if found.text or asyncio.get_running_loop().time() >= until:
                break
        return found if found.text or first is None else first

    async def _try(self, opening: Opening, seeds: int, until: float) -> Filling:
        welcome = await self.engine.ready()
        slots = min(await self._slots(opening, welcome), welcome.hole_slots)
        if seeds > 1 and slots > welcome.max_slots - asking.HEAD:
            return Filling(opening, "")  # several seeds fill one canvas
        window = asking.window_of(welcome, self.options)
        question = asking.question(self.snapshot, [opening], [slots], window)
        try:
            candidates = await self._ask(question, until, seeds)
        except RequestRefused:
            if seeds == 1:
                raise
            return Filling(opening, "")  # not every format has them
        return self._best(opening, [(each.texts[0], each.confidence) for each in candidates])

    async def _ask(self, question: Question, until: float, seeds: int = 1) -> tuple[Candidate, ...]:
        """The first seed gives what one alone gave: the tries of several begin behind it."""
        left = max(1.0, (until - asyncio.get_running_loop().time()) * 1000)
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

    async def _slots(self, opening: Opening, welcome: Welcome) -> int:
        text = self.snapshot.text[opening.start : opening.end]
        replaced = 0
        if self.offer.kind.replaces:
            [replaced] = await self.engine.count([text])
        return asking.slots_for(self.snapshot, opening, self.offer.kind, replaced, welcome)

    def _instruction(self, opening: Opening) -> str:
        """With the code that is to be rewritten, which the hole does not show."""
        if not self.offer.instruction:
            return ""
        code = self.snapshot.text[opening.start : opening.end]
        whole = f"{self.offer.instruction}\nIt is about this code, and stands for it then:\n{code}"
        if len(whole) > LONGEST_INSTRUCTION:
            raise NothingFits("the selection is too long to be rewritten: select less")
        return whole

    def _best(self, opening: Opening, candidates: Sequence[tuple[str, float]]) -> Filling:
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
            return Filtered("", f"confidence {confidence:.2f} is too low")
        return judge.kept(text)
