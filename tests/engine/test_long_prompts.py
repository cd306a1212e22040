"""Prompts longer than a few windows: sliding layers keep what is needed, and results stay."""

import pytest
import torch
from tiny import (
    UNIFORM,
    WINDOW,
    continuation,
    request,
    rich_model,
    run,
    text_ids,
    tiny_model,
)

from diffgem_engine.core import kv
from diffgem_engine.core.engine import Engine
from diffgem_engine.core.forward.lean import LeanForward
from diffgem_engine.core.forward.stock import StockForward
from diffgem_engine.core.kv import causal_mask, positions_kept
from diffgem_engine.core.runner import Runner

WHOLE, SLACK = 48, 8
FORWARDS = {
    "stock": lambda: Runner(rich_model(), StockForward(rich_model())),
    "lean": lambda: Runner(tiny_model(), LeanForward(tiny_model())),
}


@pytest.fixture
def short_limits(monkeypatch):
    monkeypatch.setattr(kv, "KEPT_WHOLE", WHOLE)
    monkeypatch.setattr(kv, "SLACK", SLACK)


@pytest.fixture(params=FORWARDS)
def runner(request):
    return FORWARDS[request.param]()


def held(prefix):
    return [keys.shape[2] for keys, _ in prefix.layers]


def assert_close(one, other):
    """All that `one` has of every layer is what `other` has there."""
    for pairs in zip(one.layers, other.layers, strict=True):
        for ours, theirs in zip(*pairs, strict=True):
            end = theirs[:, :, theirs.shape[2] - ours.shape[2] :]
            assert torch.allclose(ours, end, atol=2e-4)


def test_a_long_prompt_keeps_what_its_canvas_and_its_next_tokens_see(runner, short_limits):
    """Guards gigabytes of a long file that nobody reads again."""
    ids = text_ids(100)
    prefix = runner.prefill(ids)
    kept = WINDOW - 1 + SLACK
    assert held(prefix) == [kept, kept, 100]
    assert (len(prefix), prefix.least) == (100, 100 - SLACK)
    assert held(runner.prefill(ids[:WHOLE])) == [WHOLE] * 3
    assert runner.prefill(ids[:WHOLE]).least == 0
    assert positions_kept(100, WINDOW) == kept
    assert positions_kept(100, None) == 100


def test_read_in_pieces_it_is_what_it_is_in_one(runner, short_limits, monkeypatch):
    """Guards masks: behind a layer that holds a part, causality alone says too much."""
    ids = text_ids(120)
    pieces = None
    for end in (30, 60, 61, 90, 117, 120):
        pieces = runner.prefill(ids[:end], pieces)
    monkeypatch.setattr(kv, "KEPT_WHOLE", 10**6)
    assert_close(pieces, runner.prefill(ids))


def test_it_can_be_cut_and_read_on_as_far_as_it_says(runner, short_limits, monkeypatch):
    """Guards a key typed over, and a prompt that got short again and is not whole."""
    ids, other = text_ids(60), text_ids(60, seed=9)
    prefix = runner.prefill(ids)
    assert prefix.reused(60 - SLACK) == 60 - SLACK
    assert prefix.reused(60 - SLACK - 1) == 0
    cut = prefix.cut(60 - SLACK)
    again = runner.prefill([*ids[: 60 - SLACK], *other[:3]], cut)
    assert again.least == prefix.least
    shorter = runner.prefill([*ids[: 60 - SLACK], other[0]], cut)
    assert again.reused(again.least) == again.least
    monkeypatch.setattr(kv, "KEPT_WHOLE", 10**6)
    assert_close(again, runner.prefill([*ids[: 60 - SLACK], *other[:3]]))
    assert_close(shorter, runner.prefill([*ids[: 60 - SLACK], other[0]]))


def wanted(ids):
    """One on each path that reads a prompt, one with drafts."""
    return [
        request(ids, steps=4),
        request(ids, steps=4, drafts=(text_ids(5, 1), text_ids(7, 2))),
        continuation(ids),
    ]


def said(ended):
    return [score.log_prob for score in ended.sequence.scores]


@pytest.mark.parametrize("edited", [0, 3, 40])
def test_the_engine_answers_as_if_it_had_kept_all(runner, short_limits, monkeypatch, edited):
    """Guards every reader of a prompt's keys: canvas, single tokens, drafts, the prefix cache."""
    ids = text_ids(100)
    engine = Engine(runner, UNIFORM)
    run(engine, request((*ids[: 100 - edited], *text_ids(edited, 5)), steps=1))
    long = [run(engine, one)[0] for one in wanted(ids)]
    monkeypatch.setattr(kv, "KEPT_WHOLE", 10**6)
    engine = Engine(runner, UNIFORM)
    for ours, whole in zip(long, [run(engine, one)[0] for one in wanted(ids)], strict=True):
        assert ours.result[:3] == whole.result[:3]
        assert said(ours) == pytest.approx(said(whole), abs=1e-3)


@pytest.mark.parametrize("window", [None, 1, 4, 100])
def test_a_mask_behind_held_positions(window):
    """Guards an offset by one: every token sees itself, and the `window - 1` before it."""
    mask = causal_mask(3, 5, window)
    assert mask.shape == (1, 1, 3, 8)
    for token in range(3):
        first = 0 if window is None else max(0, 5 + token + 1 - window)
        seen = [key for key in range(8) if mask[0, 0, token, key]]
        assert seen == [*range(first, 5 + token + 1)]
