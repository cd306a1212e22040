"""A prompt's cached beginning gives the tokens that a fresh prefill gives."""

import pytest
import torch
from tiny import (
    WINDOW,
    open_canvas,
    pinned_canvas,
    request,
    run,
    text_ids,
    tiny_engine,
    tiny_model,
    tiny_runner,
)
from transformers import DynamicCache

from diffgem_engine.core.prefix_cache import PrefixCache


def one_after_another(engine, prompts, canvas=None):
    """Each request ends before the next comes, as keys do."""
    return [run(engine, request(ids, canvas, seed=5, steps=4))[0] for ids in prompts]


def assert_as_fresh(prompts, canvas=None):
    """Results on one engine, which are those of a fresh engine each; the tokens prefilled."""
    ended = one_after_another(tiny_engine(), prompts, canvas)
    fresh = [one_after_another(tiny_engine(), [ids], canvas)[0] for ids in prompts]
    assert [end.error for end in ended] == [None] * len(prompts)
    assert [end.sequence.filled() for end in ended] == [end.sequence.filled() for end in fresh]
    assert [end.sequence.prefilled for end in fresh] == [len(ids) for ids in prompts]
    return [end.sequence.prefilled for end in ended]


@pytest.mark.parametrize("canvas", [open_canvas(16), pinned_canvas()], ids=["open", "pinned"])
def test_typing_prefills_one_token_a_key(canvas):
    """Guards positions and masks of an encoder pass that continues a cached one."""
    text = text_ids(WINDOW + 6)
    prompts = [text[:end] for end in range(WINDOW - 4, len(text) + 1)]
    assert assert_as_fresh(prompts, canvas) == [WINDOW - 4, *[1] * 10]


@pytest.mark.parametrize("kept", [100, 40, WINDOW, WINDOW - 1, 3, 1])
def test_a_cached_prompt_is_cut_short(kept):
    """Guards a KV that keeps the window alone: cut to `kept` it would lack what it needs."""
    text = text_ids(130)
    typed = (*text[:kept], *text_ids(5, seed=9))
    assert assert_as_fresh([text, typed]) == [130, 5]


def test_deleting_prefills_nothing():
    """Guards a prompt that is a cached one's beginning: no token is left to encode."""
    text = text_ids(60)
    assert assert_as_fresh([text, text[:30], text[:10], text[:10], text]) == [60, 0, 0, 0, 0]


def test_several_documents_take_turns():
    """Guards a match that finds an entry but takes another out of the cache."""
    prompts = [text_ids(40, seed) for seed in range(3)]
    longer = [(*ids, 50, 51) for ids in prompts]
    assert assert_as_fresh([*prompts, *longer, *prompts]) == [*[40] * 3, *[2] * 3, *[0] * 3]


def test_a_full_cache_changes_no_result():
    """Guards an eviction of what a live sequence still reads."""
    engine = tiny_engine(cache=PrefixCache(budget=1))
    prompts = [text_ids(30, seed) for seed in range(6)]
    together = run(engine, *[request(ids, steps=4) for ids in prompts])
    assert len(engine.cache) == 1
    fresh = [run(tiny_engine(), request(ids, steps=4))[0] for ids in prompts]
    assert [end.result for end in together] == [end.result for end in fresh]


@torch.no_grad()
def encoded(cache, ids):
    model = tiny_model().model.encoder.language_model
    model(input_ids=torch.tensor([ids]), past_key_values=cache)
    return [(layer.keys, layer.values) for layer in cache.layers]


def test_a_cache_without_a_config_keeps_every_position():
    """The fact under prefix reuse: full length, and the kept part equal to the last bit."""
    ids = text_ids(50)
    whole = encoded(DynamicCache(), ids)
    cut = encoded(DynamicCache(config=tiny_model().config.text_config), ids)
    lengths = [keys.shape[2] for keys, _ in cut]
    assert lengths == [WINDOW - 1, WINDOW - 1, 50]
    for (keys, values), (short_keys, short_values) in zip(whole, cut, strict=True):
        assert keys.shape[2] == values.shape[2] == 50
        assert torch.equal(keys[:, :, -short_keys.shape[2] :], short_keys)
        assert torch.equal(values[:, :, -short_values.shape[2] :], short_values)


def test_the_decoder_must_not_see_all_sliding_positions():
    """The fact under `Runner.pad`: with more than `window - 1` of them the logits change."""
    ids, canvas = text_ids(50), torch.tensor([text_ids(8, seed=1)])

    def logits(config):
        cache = DynamicCache(config=config) if config else DynamicCache()
        encoded(cache, ids)
        with torch.no_grad():
            return tiny_model()(past_key_values=cache, decoder_input_ids=canvas).logits

    stock, careless = logits(tiny_model().config.text_config), logits(None)
    assert (stock - careless).abs().max() > 1


def test_prefill_in_two_pieces_equals_one():
    """Guards the mask between a cached beginning and what follows it, sliding layers included."""
    runner, ids = tiny_runner(), text_ids(70)
    whole = runner.prefill(ids)
    for first in (1, WINDOW, 45):
        pieces = runner.prefill(ids, runner.prefill(ids[:first]))
        for one, two in zip(whole.layers, pieces.layers, strict=True):
            torch.testing.assert_close(two[0], one[0], atol=5e-5, rtol=1e-5)
            torch.testing.assert_close(two[1], one[1], atol=5e-5, rtol=1e-5)
