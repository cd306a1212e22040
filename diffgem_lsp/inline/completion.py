"""Snapshot -> inline completion: what is known already, or what the engine makes of the hole."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from attrs import evolve, field, frozen

from diffgem_engine.protocol import Hole, Result, Welcome
from diffgem_lsp import filters
from diffgem_lsp.engine.api import Filler, ProgressListener
from diffgem_lsp.holes.site import hole_at
from diffgem_lsp.holes.sizing import most_lines, sized
from diffgem_lsp.inline.cache import TypedThrough
from diffgem_lsp.inline.choices import Choice, distinct
from diffgem_lsp.inline.gate import Doorkeeper
from diffgem_lsp.inline.generation import Ask, Generated, Generation
from diffgem_lsp.inline.pace import Pace
from diffgem_lsp.inline.stopwatch import Stopwatch
from diffgem_lsp.options import Options
from diffgem_lsp.privacy.eligibility import Eligibility, unsuitable
from diffgem_lsp.prompt.assembly import Prompt, Prompts
from diffgem_lsp.snapshots import Snapshot

MANUAL = "ghost text comes when you ask for it: the trigger is manual"
BY_HAND = 4  # choices for who asks by hand
ON_GPU = 4
SLOW_S = 0.4  # where answers take longer, nobody waits for alternatives


@frozen
class Memory:
    """What one client's completions leave for the next."""

    shown: TypedThrough = field(factory=TypedThrough)
    prompts: Prompts = field(factory=Prompts)
    pace: Pace = field(factory=Pace)
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep

    def forget(self, uri: str) -> None:
        self.shown.forget(uri)
        self.prompts.forget(uri)


@frozen
class Completion:
    """`text` goes in at the cursor, with the document's line ends; empty with the `reason` why."""

    text: str
    confidence: float = 0.0
    reason: str = ""
    steps: int = 0
    reused: bool = False  # from what was shown before, without asking the engine
    origin: str = ""  # of the candidate shown: denoised, draft; empty where reused
    log_prob: float | None = None  # the encoder's, in nats
    kind: str = ""  # of the hole, in words; empty where reused
    unsuitable: bool = False  # the document is not completed in, wherever the cursor is
    agreement: float | None = None  # of the seeds, where there were several
    others: tuple[Choice, ...] = ()  # behind `text`, best first
    pause_s: float = field(default=0.0, eq=False)  # waited for a pause in the typing
    engine_s: float = field(default=0.0, eq=False)  # waited for the engine

    @property
    def texts(self) -> tuple[str, ...]:
        """`text`, and what there is beside it; none where there is nothing to show."""
        return (self.text, *(choice.text for choice in self.others)) if self.text else ()


async def complete(
    snapshot: Snapshot,
    engine: Filler,
    options: Options,
    memory: Memory,
    on_progress: ProgressListener | None = None,
    *,
    invoked: bool = False,
    eligibility: Eligibility | None = None,
) -> Completion:
    """What to show at the snapshot's cursor, to who has typed or, `invoked`, has asked by hand.

    Without an `eligibility` a document takes part wherever it lies, but for its name and size.
    Raises what the engine client raises.
    """
    refusal = unsuitable(snapshot, options, eligibility)
    if refusal:
        return Completion("", reason=refusal, unsuitable=True)
    known = memory.shown.get(snapshot)
    if known and (not invoked or len(known) >= (options.candidates or BY_HAND)):
        return _shown(known, reused=True)
    if options.trigger == "manual" and not invoked:
        return Completion("", reason=MANUAL)
    pause = Stopwatch()
    if not invoked:
        await pause.timed(memory.wait(memory.pace.pause(options)))
    made = await _generate(snapshot, engine, options, memory, on_progress, invoked=invoked)
    if choices := distinct((*known, *made.choices)):
        memory.shown.put(snapshot, choices)
    return evolve(_made(made, choices), pause_s=pause.seconds)


def site_and_prompt(
    snapshot: Snapshot, welcome: Welcome, options: Options, memory: Memory
) -> tuple[filters.Site, Prompt]:
    """What the engine is to fill, and all of the text that it is sent for it."""
    site = site_of(snapshot, options, welcome)
    return site, memory.prompts.of(snapshot, site.hole, welcome, options)


async def _generate(
    snapshot: Snapshot,
    engine: Filler,
    options: Options,
    memory: Memory,
    on_progress: ProgressListener | None,
    *,
    invoked: bool,
) -> Generated:
    waiting = Stopwatch()
    welcome = await waiting.timed(engine.ready())
    site, prompt = site_and_prompt(snapshot, welcome, options, memory)
    infill = _infill(engine, site, prompt, options, on_progress)

    async def ask(**named: Any) -> Result:
        return await waiting.timed(infill(**named))

    door = Doorkeeper.of(options, welcome.gate, site.kind.value, invoked=invoked)
    most = _most(options, memory.pace, on_gpu=welcome.on_gpu, invoked=invoked)
    began = time.perf_counter()
    made = await Generation(site, options, door, ask, most).run(prompt.drafts)
    memory.pace.answered(time.perf_counter() - began)
    return evolve(made, engine_s=waiting.seconds)


def _infill(
    engine: Filler,
    site: filters.Site,
    prompt: Prompt,
    options: Options,
    on_progress: ProgressListener | None,
) -> Ask:
    """All of a request but for what differs from one to the next for the same hole."""
    return partial(
        engine.infill,
        prompt.prefix,
        prompt.suffix,
        (Hole(site.hole.slots, site.hole.starts_with),),
        seed=options.seed,
        sampling=options.sampling,
        on_progress=on_progress,
    )


def site_of(snapshot: Snapshot, options: Options, welcome: Welcome) -> filters.Site:
    """The hole at the cursor, as large as the settings and the engine's machine want it."""
    hole = sized(hole_at(snapshot), options, on_gpu=welcome.on_gpu)
    return filters.Site(snapshot, hole, most_lines(options))


def _most(options: Options, pace: Pace, *, on_gpu: bool, invoked: bool) -> int:
    """How many choices: alternatives are denoised beside the first, and cost a CPU dear."""
    if options.candidates is not None:
        return options.candidates
    if invoked:
        return BY_HAND
    quick = pace.latency is None or pace.latency <= SLOW_S
    return ON_GPU if on_gpu and quick else 1


def _made(made: Generated, choices: tuple[Choice, ...]) -> Completion:
    found = _shown(choices) if choices else Completion("", made.confidence, made.reason)
    return evolve(found, steps=made.steps, kind=made.kind, engine_s=made.engine_s)


def _shown(choices: tuple[Choice, ...], *, reused: bool = False) -> Completion:
    first, *others = choices
    return Completion(
        first.text,
        first.confidence,
        reused=reused,
        origin=first.origin,
        log_prob=first.log_prob,
        agreement=first.agreement,
        others=tuple(others),
    )
