"""Snapshot -> inline completion: what the hole is, what the engine says, what may be shown."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from attrs import field, frozen

from diffgem_engine.protocol import Candidate, Hole, Progress, Result, Sampling, Segment
from diffgem_lsp import filters
from diffgem_lsp.cache import TypedThrough
from diffgem_lsp.holes.site import hole_at
from diffgem_lsp.options import Options
from diffgem_lsp.prompt import drafts
from diffgem_lsp.prompt.anchors import Anchors
from diffgem_lsp.prompt.context import Window, gather
from diffgem_lsp.prompt.excluded import exclusion
from diffgem_lsp.snapshots import Snapshot

log = logging.getLogger(__name__)

ProgressListener = Callable[[Progress], None]


class Engine(Protocol):
    """The engine as a completion needs it; `engine.client.EngineClient` is one."""

    async def prompt_tokens(self) -> int:
        """The longest prompt that the engine's checkpoint reads."""

    async def infill(
        self,
        prefix: str,
        suffix: str,
        canvas: Sequence[Segment],
        *,
        seed: int = 0,
        sampling: Sampling | None = None,
        on_progress: ProgressListener | None = None,
        path: str = "diffusion",
        drafts: Sequence[str] = (),
    ) -> Result: ...


@frozen
class Memory:
    """What one client's completions leave for the next."""

    shown: TypedThrough = field(factory=TypedThrough)
    anchors: Anchors = field(factory=Anchors)

    def forget(self, uri: str) -> None:
        self.shown.forget(uri)
        self.anchors.forget(uri)


@frozen
class Completion:
    """`text` goes in at the cursor, with the document's line ends; empty with the `reason` why."""

    text: str
    confidence: float = 0.0
    reason: str = ""
    steps: int = 0
    reused: bool = False  # from what was shown before, without asking the engine
    origin: str = ""  # of the candidate shown: denoised, draft; empty where reused
    unsuitable: bool = False  # the document is not completed in, wherever the cursor is


async def complete(
    snapshot: Snapshot,
    engine: Engine,
    options: Options,
    memory: Memory,
    on_progress: ProgressListener | None = None,
) -> Completion:
    """What to show at the snapshot's cursor.  Raises what the engine client raises."""
    refusal = unsuitable(snapshot, options)
    if refusal:
        return Completion("", reason=refusal, unsuitable=True)
    known = memory.shown.get(snapshot)
    if known is not None:
        return Completion(known.text, known.confidence, reused=True)
    made = await _generate(snapshot, engine, options, memory.anchors, on_progress)
    if made.text:
        memory.shown.put(snapshot, made.text, made.confidence)
    return made


def unsuitable(snapshot: Snapshot, options: Options) -> str:
    """Why a document is not completed in, and no engine sees it; empty if it is."""
    excluded = exclusion(snapshot.uri)
    if excluded:
        return excluded
    size, most = len(snapshot.text), options.max_file_characters
    if size > most:
        return f"the file is too large: {size:,} characters, {most:,} at most"
    near = snapshot.text[max(0, snapshot.offset - 10_000) : snapshot.offset + 10_000]
    return "the file is binary: it holds NUL characters" if "\0" in near else ""


async def _generate(
    snapshot: Snapshot,
    engine: Engine,
    options: Options,
    anchors: Anchors,
    on_progress: ProgressListener | None,
) -> Completion:
    hole = hole_at(snapshot)
    window = await _window(engine, options)
    context = gather(snapshot, window, anchors.place(snapshot, window.prefix))
    ask = partial(
        engine.infill,
        context.prefix,
        context.suffix,
        (Hole(hole.slots),),
        seed=options.seed,
        sampling=options.sampling,
        on_progress=on_progress,
    )
    site = filters.Site(snapshot, hole, options.max_lines)
    result = await ask(drafts=drafts.find(snapshot, hole) if options.drafts else ())
    shown, kept = _first_worth_showing(result.candidates, site, options)
    steps = result.steps
    for path in () if kept.text else _other_paths(result, options):
        result = await ask(path=path)
        shown, kept = _first_worth_showing(result.candidates, site, options)
        steps += result.steps
        if kept.text:
            break
    text = kept.text.replace("\n", line_end_of(snapshot))
    origin = shown.origin if text else ""
    return Completion(text, shown.confidence, kept.reason, steps, origin=origin)


def _other_paths(answered: Result, options: Options) -> tuple[str, ...]:
    """On which the engine is asked again where its answer has nothing to show.

    Without a step a draft was its answer, and no canvas is filled yet.
    """
    canvas = () if answered.steps else ("diffusion",)
    return (*canvas, "autoregressive") if options.fallback else canvas


def _first_worth_showing(
    candidates: Sequence[Candidate], site: filters.Site, options: Options
) -> tuple[Candidate, filters.Filtered]:
    """Best first; where none is, the best one and why it is not."""
    best = next(iter(candidates), Candidate(("",), 0.0))
    judged = ((each, _worth_showing(each, site, options)) for each in (best, *candidates[1:]))
    first = next(judged)
    return first if first[1].text else next((each for each in judged if each[1].text), first)


def _worth_showing(candidate: Candidate, site: filters.Site, options: Options) -> filters.Filtered:
    kept = filters.apply("".join(candidate.texts), site)
    if kept.text and candidate.confidence < (options.min_confidence or 0.0):
        return filters.Filtered("", f"confidence {candidate.confidence:.2f} is too low")
    return kept


async def _window(engine: Engine, options: Options) -> Window:
    usual = Window.of_tokens(await engine.prompt_tokens())
    prefix, suffix = options.prefix_characters, options.suffix_characters
    return Window(
        usual.prefix if prefix is None else prefix, usual.suffix if suffix is None else suffix
    )


def line_end_of(snapshot: Snapshot) -> str:
    """The line end of the cursor's line, or of the one before; LF in a document of one line."""
    lines = snapshot.lines
    line = min(lines.line_of(snapshot.offset), lines.count - 2)
    if line < 0:
        return "\n"
    return snapshot.text[lines.end(line) : lines.start(line + 1)]
