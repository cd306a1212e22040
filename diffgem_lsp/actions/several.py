"""All openings of an offer: one alone, or several of them in one canvas or one after the other."""

import asyncio
import itertools

from attrs import evolve

from diffgem_lsp.actions import asking
from diffgem_lsp.actions.asking import Question
from diffgem_lsp.actions.generating import (
    Filling,
    Generator,
    NothingFits,
)
from diffgem_lsp.actions.kinds import Offer
from diffgem_lsp.engine.api import Counting, ProgressListener
from diffgem_lsp.engine.errors import RequestRefused, Withheld
from diffgem_lsp.filters import in_words
from diffgem_lsp.options import Options
from diffgem_lsp.prompt.assembly import Prompts
from diffgem_lsp.snapshots import Snapshot

DEADLINE_MS = 20_000.0  # of one offer, whatever it takes
LONGEST_TOKEN = 12  # characters, of code: text with more for each slot is not worth counting


async def fillings(
    snapshot: Snapshot,
    offer: Offer,
    engine: Counting,
    options: Options,
    on_progress: ProgressListener | None = None,
    *,
    together: bool | None = None,
    prompts: Prompts | None = None,
) -> list[Filling]:
    """One for each opening, in order.  `together` is one canvas for several of them; None is
    whatever is the quicker on the engine's device.  `prompts` knows what other files have.

    Raises NothingFits where there is none at all, and what the engine client raises.
    """
    until = asyncio.get_running_loop().time() + DEADLINE_MS / 1000
    prompts = prompts if prompts is not None else Prompts()
    generator = Generator(snapshot, offer, engine, options, until, prompts, on_progress)
    if len(offer.openings) == 1:
        found = [await generator.alone(offer.openings[0])]
    elif together or (together is None and await _is_wide(engine)):
        found = await _together(generator)
    else:
        found = await _in_turn(generator)
    if not any(each.text for each in found):
        raise NothingFits(in_words(found[0].reason))
    return found


async def _is_wide(engine: Counting) -> bool:
    """Slots cost a GPU little.  On a CPU three short canvases take a third of the time of the long
    one that has all of them, and say as much (`eval cursors`).
    """
    return (await engine.ready()).on_gpu


async def _in_turn(generator: Generator) -> list[Filling]:
    """One after the other; each sees what those before it wrote."""
    openings = generator.offer.openings
    found: list[Filling] = []
    moved = 0
    for at, opening in enumerate(openings):
        left = tuple(each.moved(moved) for each in openings[at:])
        generator = evolve(generator, offer=evolve(generator.offer, openings=left))
        filling = await generator.alone(left[0])
        found.append(evolve(filling, opening=opening))
        if filling.text:
            start, end = left[0].start, left[0].end
            moved += len(filling.text) - (end - start)
            changed = generator.snapshot.replaced(start, end, filling.text)
            generator = evolve(generator, snapshot=changed)
    return found


async def _together(generator: Generator) -> list[Filling]:
    """Those that nothing fits in a shared canvas get one of their own."""
    questions = await _questions(generator)
    answers = await asyncio.gather(*(_shared(generator, each) for each in questions))
    found = [filling for answer in answers for filling in answer]
    return [each if each.text else await generator.alone(each.opening) for each in found]


async def _questions(generator: Generator) -> list[Question]:
    welcome, openings = await generator.engine.ready(), generator.offer.openings
    between = await _between(generator, welcome.max_slots)
    wanted = [await generator.slots(each, welcome) for each in openings]
    slots = [min(each, asking.SHARED_SLOTS) for each in wanted]
    prompts = generator.prompt_for(welcome)
    return [
        asking.question(
            generator.snapshot, [openings[at] for at in group], [slots[at] for at in group], prompts
        )
        for group in asking.together(between, slots, welcome.max_slots)
    ]


async def _between(generator: Generator, max_slots: int) -> list[int]:
    """The tokens between the holes; of text that no canvas could hold it is not asked."""
    opened, places = asking.all_opened(generator.snapshot, generator.offer.openings)
    texts = [opened.text[start:end] for start, end in itertools.pairwise(places)]
    short = [text for text in texts if len(text) <= LONGEST_TOKEN * max_slots]
    counted = iter(await generator.engine.count(short) if short else ())
    return [next(counted) if text in short else max_slots for text in texts]


async def _shared(generator: Generator, question: Question) -> list[Filling]:
    """An engine whose format fills one hole alone refuses several, and a secret may stand between
    them.
    """
    try:
        candidates = await generator.ask(question)
    except (RequestRefused, Withheld):
        if len(question.openings) == 1:
            raise
        return [Filling(each, "") for each in question.openings]
    return [
        generator.best(opening, [(each.texts[at], each.confidence) for each in candidates])
        for at, opening in enumerate(question.openings)
    ]
