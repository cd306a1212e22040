"""`eval context`: what text from other files is worth to the model, hole by hole.

Each hole of one line is asked about several times, with the same file and more or less of the
others before it; the rest of the folder is the workspace.  What is compared is the encoder's log
probability of the text that stood there: it says more per hole than whether it was written.
"""

import random
import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, frozen
from lsprotocol.types import TextDocumentItem

from diffgem_engine.evaluation.asking import AskedEngine
from diffgem_engine.evaluation.cuts import Hole
from diffgem_engine.evaluation.trees import SourceFile
from diffgem_engine.protocol import Hole as HoleSlots
from diffgem_engine.protocol import Sampling, Welcome
from diffgem_lsp.documents import DocumentStore
from diffgem_lsp.holes.site import hole_at
from diffgem_lsp.index.local import indexed
from diffgem_lsp.options import Options
from diffgem_lsp.prompt.assembly import Prompts
from diffgem_lsp.prompt.beyond import Beyond
from diffgem_lsp.prompt.sources.declared import Lookup
from diffgem_lsp.prompt.sources.opened import alike
from diffgem_lsp.prompt.used import IDENTIFIER

OPEN = 2  # documents that are like the hole's, and as many drawn from all
ROOM = 40  # slots at least, for the text that stood there
NOTICEABLE = 0.5  # nats
NOBODY = -1e9  # nats: no draft is as unlikely
_SCORED = Sampling(steps=1, draft_enough=NOBODY)

Ways = Mapping[str, Options]


@frozen
class Workspace:
    """A folder whose files are asked about, and whose declarations are known."""

    root: Path
    files: Sequence[SourceFile]
    index: Lookup

    def beyond(self, hole: Hole, chance: random.Random) -> Beyond:
        """With the documents open that somebody who works there may have open."""
        store = DocumentStore()
        found = Beyond(store, self.index, lambda _: True, lambda _: True, lambda: [self.root])
        for file in self._opened(hole.file, chance):
            store.open(TextDocumentItem(self.uri(file), file.language_id, 1, file.text))
        return found

    def uri(self, file: SourceFile) -> str:
        return (self.root / file.path).as_uri()

    def _opened(self, here: SourceFile, chance: random.Random) -> Iterator[SourceFile]:
        """The likest last: they were opened last."""
        others = [f for f in self.files if f != here and f.language_id == here.language_id]
        words = {f.path: frozenset(IDENTIFIER.findall(f.text)) for f in (here, *others)}
        likest = sorted(others, key=lambda f: alike(words[here.path], words[f.path]))[-OPEN:]
        rest = [f for f in others if f not in likest]
        yield from chance.sample(rest, min(OPEN, len(rest)))
        yield from likest


def ways_of(budgets: Sequence[int]) -> Ways:
    """Nothing; then each source alone and both, within each budget of tokens."""
    found = {"nothing": Options(context_tokens=0)}
    for tokens in budgets:
        every = Options(context_tokens=tokens)
        found[f"declarations, {tokens}"] = evolve(every, context_open_files=False)
        found[f"open files, {tokens}"] = evolve(every, context_declarations=False)
        found[f"both, {tokens}"] = every
    return found


async def evaluate(
    engine: AskedEngine,
    root: Path,
    files: Sequence[SourceFile],
    holes: Sequence[Hole],
    ways: Ways,
    *,
    tick: Callable[[], None] = lambda: None,
    seed: int = 0,
) -> dict[str, Any]:
    """A row of figures a way.  Raises what the engine raises, and OSError."""
    welcome, chance = await engine.ready(), random.Random(seed)
    rows: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as cache:
        workspace = Workspace(root, files, indexed([root], Path(cache)))
        for hole in holes:
            beyond = workspace.beyond(hole, chance)
            row = {
                name: await _log_prob(
                    engine, hole, workspace, Prompts(beyond), welcome=welcome, options=options
                )
                for name, options in ways.items()
            }
            scored = {name: found for name, found in row.items() if found is not None}
            if len(scored) == len(ways):
                rows.append(scored)
            tick()
    return {name: figures(rows, name) for name in ways}


async def _log_prob(
    engine: AskedEngine,
    hole: Hole,
    workspace: Workspace,
    prompts: Prompts,
    *,
    welcome: Welcome,
    options: Options,
) -> float | None:
    """The encoder's, in nats, of the text that stood there; None where it is too long to score."""
    snapshot = evolve(hole.snapshot(), uri=workspace.uri(hole.file))
    site = hole_at(snapshot)
    prompt = prompts.of(snapshot, site, welcome, options)
    result = await engine.infill(
        prompt.prefix,
        prompt.suffix,
        (HoleSlots(max(site.slots, ROOM)),),
        sampling=_SCORED,
        drafts=(hole.expected,),
    )
    known = (each.log_prob for each in result.candidates if each.texts == (hole.expected,))
    return next(known, None)


def figures(rows: Sequence[Mapping[str, float]], name: str) -> dict[str, Any]:
    """Against the first way of each row, which has nothing; the interval is of 95%."""
    gains = [row[name] - next(iter(row.values())) for row in rows]
    spread = statistics.stdev(gains) if len(gains) > 1 else 0.0
    return {
        "n": len(gains),
        "gain_nats": statistics.fmean(gains) if gains else None,
        "ci95": 1.96 * spread / len(gains) ** 0.5 if gains else None,
        "better": sum(gain > NOTICEABLE for gain in gains),
        "worse": sum(gain < -NOTICEABLE for gain in gains),
    }
