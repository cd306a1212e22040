"""The lean forward beside transformers' own modules: the same hidden states, within rounding."""

import pytest
import torch
from tiny import (
    SIZE,
    UNIFORM,
    WINDOW,
    open_canvas,
    request,
    rich_model,
    run,
    text_ids,
    tiny_model,
)
from transformers import DynamicCache

from diffgem_engine.core.branches import BranchedRow
from diffgem_engine.core.engine import Engine
from diffgem_engine.core.forward import LeanForward, StockForward, forward_for
from diffgem_engine.core.kv import GrowingKv, PrefixKv
from diffgem_engine.core.request import Bucket
from diffgem_engine.core.runner import Runner

KINDS = ("full_attention", "sliding_attention")


@pytest.fixture(scope="module")
def both():
    return LeanForward(tiny_model()), StockForward(tiny_model())


def close(one, other):
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def ids(count, seed=0):
    return torch.tensor(text_ids(count, seed))


@torch.no_grad()
def prefix(forward, tokens):
    cache = DynamicCache()
    hidden = forward.encode(tokens, torch.arange(len(tokens)), cache, None)
    return hidden, PrefixKv(tuple((layer.keys, layer.values) for layer in cache.layers))


@pytest.mark.parametrize("length", [1, WINDOW - 1, WINDOW, 127, 128, 129, 300])
def test_a_prompt_read_at_once(both, length):
    """Guards the window's edge, and chunks of queries that look too far or not far enough."""
    (lean, kv), (stock, stock_kv) = (prefix(forward, ids(length)) for forward in both)
    close(lean, stock)
    for layer, other in zip(kv.layers, stock_kv.layers, strict=True):
        for mine, theirs in zip(layer, other, strict=True):
            close(mine, theirs)


@pytest.mark.parametrize("known", [1, WINDOW, 140, 299])
def test_a_prompt_read_on(both, known):
    """Guards the positions of what follows a cached prefix."""
    tokens = ids(300)
    outs = []
    for forward in both:
        cache = DynamicCache()
        for number, (keys, values) in enumerate(prefix(both[1], tokens[:known])[1].layers):
            cache.update(keys, values, number)
        with torch.no_grad():
            outs.append(forward.encode(tokens[known:], torch.arange(known, 300), cache, None))
    close(*outs)


def test_one_token_behind_a_growing_prefix(both):
    """Guards the autoregressive path, whose keys are already cut to what a token sees."""
    _, known = prefix(both[1], ids(50))
    sights = [60 if kind == KINDS[0] else WINDOW for kind in tiny_kinds()]
    outs = []
    for forward in both:
        kv, hidden = GrowingKv(known, 10, sights), []
        for token in range(20, 24):
            at = torch.tensor([kv.length])
            with torch.no_grad():
                seen = dict.fromkeys(KINDS)
                hidden.append(forward.encode(torch.tensor([token]), at, kv, seen))
            kv.length += 1
        outs.append(torch.cat(hidden))
    close(*outs)


def test_branches_that_do_not_see_each_other(both):
    """Guards masks that are given: those of the scorer's trees."""
    row = BranchedRow.of([30, 31], [(40, 41, 42), (), (43,) * 20], known=50)
    _, known = prefix(both[1], ids(50))
    outs = []
    for forward in both:
        cache = DynamicCache()
        sights = [None if kind == KINDS[0] else WINDOW for kind in tiny_kinds()]
        for number, (keys, values) in enumerate(known.latest(sights).layers):
            cache.update(keys, values, number)
        masks = {kind: row.mask(sight) for kind, sight in zip(KINDS, (None, WINDOW), strict=True)}
        with torch.no_grad():
            outs.append(forward.encode(torch.tensor(row.tokens), row.positions, cache, masks))
    close(*outs)


def tiny_kinds():
    return tiny_model().config.text_config.layer_types


def test_canvases_of_several_sizes_and_prompts(both):
    """Guards padding that slots see, and rows that see each other's prompts."""
    bucket, lengths, sizes = (
        Bucket("diffusion", 16, 128, 16),
        (1, WINDOW - 1, 77, 128),
        (16, 9, 1, 12),
    )
    tokens = torch.stack([ids(16, seed) for seed in range(4)])
    signal = torch.randn(4, 16, SIZE.hidden, generator=torch.Generator().manual_seed(0))
    outs = []
    for forward in both:
        rows = [forward.pad(prefix(both[1], ids(n, n))[1], bucket) for n in lengths]
        with torch.no_grad():
            forward.decode(tokens, signal, rows, sizes)  # leaves nothing behind
            outs.append(forward.decode(tokens, signal, rows, sizes))
    for row, size in enumerate(sizes):
        close(outs[0][row, :size], outs[1][row, :size])


def test_which_models_get_which():
    assert isinstance(forward_for(tiny_model()), LeanForward)
    assert isinstance(forward_for(rich_model()), StockForward)


@pytest.mark.parametrize("make", [LeanForward, StockForward])
def test_a_filled_canvas_is_the_same(make):
    """Guards either forward under the engine: tokens, steps and confidence."""
    model = tiny_model()
    wanted = [request(40, open_canvas(11), seed, steps=6) for seed in range(3)]
    ours = run(Engine(Runner(model, make(model)), UNIFORM), *wanted)
    theirs = run(Engine(Runner(model, StockForward(model)), UNIFORM), *wanted)
    for one, other in zip(ours, theirs, strict=True):
        assert one.result[:3] == other.result[:3]
        assert one.result[3] == pytest.approx(other.result[3], rel=1e-4)
