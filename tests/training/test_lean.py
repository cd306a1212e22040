"""The training forward is the function that transformers computes, and a canvas never sees its
middle.
"""

import copy

import pytest
import torch
import torch.nn.functional as F
from forwards import LENGTH, SLOTS, canvas_logits, canvases, ids_of
from tiny import SIZE, WINDOW, rich_model, tiny_model, wordy_model
from transformers import DynamicCache

from diffgem_engine.training.passes.lean import LeanForward
from diffgem_engine.training.passes.loss import encoder_loss, joint

CLOSE = {"atol": 2e-3, "rtol": 1e-4}  # logits are of the order of 10


@pytest.fixture(scope="module")
def lean():
    return LeanForward(tiny_model())


@torch.no_grad()
def stock_logits(prompt, canvas, condition=None):
    return tiny_model()(
        input_ids=prompt, decoder_input_ids=canvas, self_conditioning_logits=condition
    ).logits


@pytest.mark.parametrize("length", [WINDOW - 3, WINDOW, LENGTH])
@torch.no_grad()
def test_the_encoder_equals_transformers(lean, length):
    """Guards norms, rotary tables, the skipped router and chunked sliding attention."""
    ids = ids_of(2)[:, :length]
    hidden, kv = lean.encode(ids)
    cache = DynamicCache()
    stock = tiny_model().model.encoder.language_model(input_ids=ids, past_key_values=cache)
    torch.testing.assert_close(hidden, stock.last_hidden_state, **CLOSE)
    for (keys, values), layer in zip(kv, cache.layers, strict=True):
        torch.testing.assert_close(keys, layer.keys, **CLOSE)
        torch.testing.assert_close(values, layer.values, **CLOSE)


@pytest.mark.parametrize("conditioned", [False, True])
@pytest.mark.parametrize("visible", [1, WINDOW - 1, WINDOW, 50])
@torch.no_grad()
def test_the_canvas_equals_transformers_on_the_prompt_alone(lean, visible, conditioned):
    """Guards the leak and the masks at once: the encoder here reads on past the prompt, and still
    the canvas is what a prompt-only prefill gives, sliding layers past the window included.
    """
    ids, canvas = ids_of(1), canvases(visible)
    given = torch.randn(1, SLOTS, SIZE.vocab) * 5 if conditioned else None
    signal = lean.soft_embedding(given) if conditioned else None
    ours = canvas_logits(lean, ids, canvas, signal)
    stock = stock_logits(ids[:, :visible], canvas.noisy, given)
    torch.testing.assert_close(ours, stock, **CLOSE)


@torch.no_grad()
def test_a_canvas_never_sees_its_middle(lean):
    """Guards the leak: with other text from its hole on, a canvas' logits stay as they are."""
    canvas = canvases(20, 50)
    ids, other = ids_of(1), ids_of(1)
    other[:, 20:] = ids_of(1, seed=9)[:, 20:]
    before, after = (canvas_logits(lean, rows, canvas) for rows in (ids, other))
    assert torch.equal(before[:, :SLOTS], after[:, :SLOTS])
    assert not torch.allclose(before[:, SLOTS:], after[:, SLOTS:], atol=0.1)


@torch.no_grad()
def test_the_encoder_would_show_it_without_the_mask(lean):
    """Guards the test above: seen, the same change does move the logits."""
    ids, other = ids_of(1), ids_of(1)
    other[:, 20:] = ids_of(1, seed=9)[:, 20:]
    careless = canvases(20)._replace(visible=torch.full((1, SLOTS), 40))
    before, after = (canvas_logits(lean, rows, careless) for rows in (ids, other))
    assert not torch.allclose(before, after, atol=0.1)


@torch.no_grad()
def test_canvases_of_a_row_do_not_see_each_other(lean):
    """Guards the group mask: the second canvas' text must not move the first's logits."""
    ids, canvas = ids_of(1), canvases(20, 50)
    other = canvas._replace(noisy=canvas.noisy.clone())
    other.noisy[:, SLOTS:] = 77
    before, after = (canvas_logits(lean, ids, c) for c in (canvas, other))
    assert torch.equal(before[:, :SLOTS], after[:, :SLOTS])


def test_both_losses_are_those_of_the_stock_forward(lean):
    """Guards the objective: the shift, what has weight, and the one-hot of what is pinned."""
    ids, canvas = ids_of(1), canvases(30)
    counted = canvas.weights[0] > 0
    # The stock forward conditions a whole canvas or none of it: take all of it for pinned here.
    everything = canvas._replace(pinned=torch.ones_like(canvas.pinned))
    one_hot = torch.full((1, SLOTS, SIZE.vocab), -1e9)
    one_hot[0, range(SLOTS), canvas.targets[0]] = 0.0
    stock = stock_logits(ids[:, :30], canvas.noisy, one_hot)[0]
    losses = joint(lean, ids, everything, condition=False)
    expected = F.cross_entropy(stock[counted], canvas.targets[0, counted]).item()
    assert losses.canvas.item() == pytest.approx(expected, rel=1e-4)
    assert losses.encoder.item() == pytest.approx(stock_encoder_loss(ids), rel=1e-4)


@torch.no_grad()
def stock_encoder_loss(ids):
    model = tiny_model()
    hidden = model.model.encoder.language_model(input_ids=ids).last_hidden_state
    cap = model.config.text_config.final_logit_softcapping
    logits = torch.tanh(model.lm_head(hidden) / cap) * cap
    return F.cross_entropy(logits[0, :-1], ids[0, 1:]).item()


@torch.no_grad()
def test_self_conditioning_feeds_the_first_pass_back(lean):
    """Guards a second pass that is conditioned on nothing, or on its own targets."""
    ids, canvas = ids_of(1), canvases(30)
    known = F.embedding(canvas.targets, lean.embedding) * lean.scale
    shown = torch.where(canvas.pinned[:, :, None], known, 0.0)
    first = canvas_logits(lean, ids, canvas, shown)
    guess = torch.where(canvas.pinned[:, :, None], known, lean.soft_embedding(first))
    second = canvas_logits(lean, ids, canvas, guess)
    for condition, logits in ((False, first), (True, second)):
        each = F.cross_entropy(logits[0], canvas.targets[0], reduction="none")
        expected = each[~canvas.pinned[0]].mean().item()
        assert joint(lean, ids, canvas, condition).canvas.item() == pytest.approx(expected)


def test_gradients_reach_every_weight_but_the_routers_and_the_pictures(lean):
    """Guards a part of the model that is never trained."""
    model = tiny_model()
    losses = joint(lean, ids_of(1), canvases(30), condition=True)
    (losses.encoder + losses.canvas).backward()
    idle = {n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()}
    model.zero_grad(set_to_none=True)
    assert all("vision" in name or "router" in name for name in idle), idle


def test_a_batch_without_a_hole_has_no_loss(lean):
    """Guards a division by zero that would turn every weight into NaN."""
    empty = canvases(30)._replace(weights=torch.zeros(1, SLOTS))
    assert joint(lean, ids_of(1), empty, condition=False).canvas.item() == 0


def test_padding_has_no_encoder_loss(lean):
    ids = ids_of(1)
    padded = torch.cat((ids[:, :48], torch.zeros(1, 16, dtype=torch.long)), dim=1)
    short = encoder_loss(lean, ids[:, :48], lean.encode(ids[:, :48])[0])
    long = encoder_loss(lean, padded, lean.encode(padded)[0])
    assert long.item() == pytest.approx(short.item(), rel=1e-5)


def untied_scalars():
    model = copy.deepcopy(tiny_model())
    model.model.encoder.language_model.layers[1].layer_scalar.fill_(0.5)
    return model


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (rich_model, "more than one expert"),
        (wordy_model, "a head of its own"),
        (untied_scalars, "an encoder of its own"),
    ],
)
def test_it_refuses_what_it_would_compute_otherwise(model, words):
    """Guards weights that would be ignored without a word: a router's, a head's."""
    with pytest.raises(ValueError, match=words):
        LeanForward(model())


@torch.no_grad()
def test_a_length_that_no_window_divides(lean):
    """Guards chunks that do not come out even: any checkpoint's window, any prompt."""
    ids = ids_of(2)
    whole, _ = lean.encode(ids)
    part, _ = lean.encode(ids[:, : LENGTH - 5])
    torch.testing.assert_close(part, whole[:, : LENGTH - 5], **CLOSE)
