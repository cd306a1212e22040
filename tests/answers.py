"""An engine that answers at once, and completions that are asked of it."""

from diffgem_engine.protocol import (
    PROTOCOL_VERSION,
    Candidate,
    Result,
    Welcome,
)
from diffgem_lsp.inline.completion import Memory, complete
from diffgem_lsp.options import Options
from diffgem_lsp.snapshots import Snapshot


class Answers:
    """An engine that answers at once; notes what it was asked."""

    def __init__(self, *texts, confidence=0.8):
        self.candidates = tuple(Candidate((text,), confidence) for text in texts)
        self.asked, self.paths, self.seeds, self.scored = [], [], [], []
        self.welcome = Welcome(PROTOCOL_VERSION, "0", "answers", "cpu", "float32", 256, 768, 512)
        self.drafts = None

    async def ready(self):
        return self.welcome

    async def infill(
        self,
        prefix,
        suffix,
        canvas,
        *,
        seed=0,
        sampling=None,
        on_progress=None,
        path="diffusion",
        drafts=(),
        seeds=1,
        scored=False,
    ):
        self.scored.append(scored)
        self.drafts = drafts
        self.seeds.append(seeds)
        self.paths.append(path)
        self.asked.append((prefix, suffix, canvas, seed, sampling))
        return Result(1, self.candidates, 5, 1, 1, 0.0, 0.0, 0.0)


def at_cursor(drawn, language="python"):
    return Snapshot.of(drawn.replace("¦", ""), drawn.index("¦"), language, "a")


async def completed(drawn, engine, options=None, language="python", memory=None):
    snapshot = at_cursor(drawn, language)
    return await complete(snapshot, engine, options or Options(), memory or Memory())
