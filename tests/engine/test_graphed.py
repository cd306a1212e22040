"""A replayed pass beside the same pass made anew: on a CPU, over the buffers of a GPU's graph."""

import random

import pytest
import torch
from tiny import UNIFORM, VOCAB, open_canvas, request, rich_model, run, text_ids
from transformers import DynamicCache

from diffgem_engine.core.engine import Engine
from diffgem_engine.core.forward import StockForward
from diffgem_engine.core.forward.graphed import GraphedForward
from diffgem_engine.core.kv import PrefixKv
from diffgem_engine.core.request import Bucket
from diffgem_engine.core.runner import Runner

SLOTS = (8, 16)
PROMPTS = (5, 40, 64, 100)


@pytest.fixture(scope="module")
def stock():
    return StockForward(rich_model())


@pytest.fixture(scope="module")
def prefixes(stock):
    """One for each of `PROMPTS`, padded to the room of its bucket."""
    padded = []
    for length in PROMPTS:
        cache, ids = DynamicCache(), torch.tensor(text_ids(length, length))
        with torch.no_grad():
            stock.encode(ids, torch.arange(length), cache, None)
        kv = PrefixKv(tuple((layer.keys, layer.values) for layer in cache.layers))
        padded.append(stock.pad(kv, Bucket("diffusion", 16, -(-length // 64) * 64, 16)))
    return padded


@pytest.mark.parametrize("most", [1, 24])
def test_any_order_of_batches_gives_what_each_gives_alone(stock, prefixes, most):
    """Guards prompts that stay in a buffer, rows beyond a batch, and graphs that made room."""
    draw, generator = random.Random(most), torch.Generator().manual_seed(0)
    replayed = GraphedForward(stock, most)
    rooms = {64: prefixes[:3], 128: prefixes[3:]}
    for _ in range(40):
        slots, count = draw.choice(SLOTS), draw.randint(1, 5)
        held = draw.choices(draw.choice([*rooms.values()]), k=count)
        sizes = [draw.randint(1, slots) for _ in held]
        tokens = torch.randint(VOCAB, (count, slots), generator=generator)
        signal = torch.randn(count, slots, 32, generator=generator)
        with torch.no_grad():
            one = replayed.decode(tokens, signal, held, sizes)
            other = stock.decode(tokens, signal, held, sizes)
        for row, size in enumerate(sizes):
            torch.testing.assert_close(one[row, :size], other[row, :size], rtol=1e-4, atol=1e-5)


def test_an_engine_fills_the_same(stock):
    """Guards an output that the next pass overwrites before it was read."""
    prompts = [(20 + seed, *text_ids(30 + seed, seed)) for seed in range(5)]
    wanted = [request(ids, open_canvas(11), n, steps=4) for n, ids in enumerate(prompts)]
    graphed = Runner(rich_model(), GraphedForward(stock))
    ours = run(Engine(graphed, UNIFORM), *wanted)
    theirs = run(Engine(Runner(rich_model(), stock), UNIFORM), *wanted)
    for one, other in zip(ours, theirs, strict=True):
        assert one.error is None
        assert one.result[:3] == other.result[:3]
