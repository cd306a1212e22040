"""What typing costs the encoder: prompt tokens that are not in the prefix cache, a key."""

import asyncio
from statistics import mean

from attrs import frozen

from diffgem_engine.backends.local import LocalBackend
from diffgem_engine.bench.figures import Figure, Measurement, p95
from diffgem_engine.bench.setup import Setup
from diffgem_engine.bench.sources import Place, places
from diffgem_engine.protocol import Hole, Infill, Sampling
from diffgem_lsp.prompt.anchors import Anchors
from diffgem_lsp.prompt.context import Context, Window, gather
from diffgem_lsp.snapshots import Snapshot

KEYS = 20
MOST_S = 20.0
BYTES_A_TOKEN = 3  # of code; where each is a token, so much less of it fits a prompt
MEAN, WORST = 1.3, 4.0  # tokens a key
CANVAS = (Hole(16),)
ONE_STEP = Sampling(steps=1)


@frozen
class Key:
    """`jumped`: the text that the model may see began elsewhere than for the key before."""

    prefilled: int
    jumped: bool


def measure(setup: Setup) -> Measurement:
    """`mean_tokens`, `max_tokens`, `p95_tokens`: prompt tokens prefilled, a key.

    The first request at each place, which finds nothing cached, does not count.  `jumps` counts
    the keys at which the start of the text moved; `*_between_jumps` leave those out.
    """
    keys = asyncio.run(_type_all(setup))
    every = [key.prefilled for key in keys]
    between = [key.prefilled for key in keys if not key.jumped]
    figures = (
        Figure("mean_tokens", mean(every), at_most=MEAN),
        Figure("max_tokens", max(every), at_most=WORST),
        Figure("p95_tokens", p95(every)),
        Figure("jumps", len(every) - len(between)),
        Figure("mean_between_jumps", mean(between)),
        Figure("max_between_jumps", max(between)),
        Figure("keys", len(every)),
    )
    return Measurement("prompt tokens re-prefilled a key, real code", figures)


async def _type_all(setup: Setup) -> list[Key]:
    backend = LocalBackend(setup.checkpoint)
    try:
        tokens = backend.welcome.prompt_tokens
        window = Window.of_tokens(tokens // BYTES_A_TOKEN if setup.random else tokens)
        rounds = zip(setup.rounds(60, 2, MOST_S), places(60, KEYS), strict=False)
        return [key for _, place in rounds for key in await _type(backend, place, window)]
    finally:
        await backend.close()


async def _type(backend: LocalBackend, place: Place, window: Window) -> list[Key]:
    """Retype what was removed; the first request only fills the cache."""
    anchors = Anchors()
    snapshot = Snapshot.of(place.text, place.offset, "python")
    before = gather(snapshot, window, anchors.place(snapshot, window.prefix))
    await _prefilled(backend, before)
    keys = []
    for character in place.removed:
        snapshot = snapshot.replaced(snapshot.offset, snapshot.offset, character)
        now = gather(snapshot, window, anchors.place(snapshot, window.prefix))
        jumped = now.prefix != before.prefix + character
        keys.append(Key(await _prefilled(backend, now), jumped))
        before = now
    return keys


async def _prefilled(backend: LocalBackend, context: Context) -> int:
    request = Infill(1, context.prefix, context.suffix, CANVAS, sampling=ONE_STEP)
    return (await backend.infill(request, None)).prefilled_tokens
