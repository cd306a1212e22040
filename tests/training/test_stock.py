"""The training forward of any checkpoint: transformers' own, and the leaner one where both fit."""

import copy

import pytest
import torch
import torch.nn.functional as F
from forwards import SLOTS, canvas_logits, canvases, ids_of
from tiny import MARKED, SIZE, VOCAB, WINDOW, rich_model, tiny_model, wordy_model
from torch._subclasses.fake_tensor import FakeTensorMode
from transformers import DiffusionGemmaForBlockDiffusion, DynamicCache

from diffgem_engine.training.architecture import small_config
from diffgem_engine.training.objective import Objective
from diffgem_engine.training.passes import lean
from diffgem_engine.training.passes.forward import forward_for
from diffgem_engine.training.passes.lean import LeanForward
from diffgem_engine.training.passes.loss import CanvasTensors, first_signal, joint
from diffgem_engine.training.passes.stock import StockForward
from diffgem_engine.training.plan import Plan
from diffgem_engine.training.teacher import Teacher

CLOSE = {"atol": 2e-3, "rtol": 1e-4}  # logits are of the order of 10


@pytest.fixture(scope="module")
def stock():
    return StockForward(rich_model())


def losses_and_gradients(forward, model, condition):
    two_rows = CanvasTensors(*(torch.cat((each, each)) for each in canvases(30, 50)))
    model.zero_grad(set_to_none=True)
    losses = joint(forward, ids_of(2), two_rows, condition, mark=3)
    (losses.encoder + losses.canvas).backward()
    gradients = {n: p.grad for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad(set_to_none=True)
    return losses, gradients


@pytest.mark.parametrize("condition", [False, True])
def test_it_equals_the_leaner_one_where_that_fits(condition):
    """Guards two trainings of one model: losses and gradients of every weight."""
    model = tiny_model()
    leaner, lean_gradients = losses_and_gradients(LeanForward(model), model, condition)
    stock, gradients = losses_and_gradients(StockForward(model), model, condition)
    for ours, theirs in zip(leaner, stock, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-6)
    assert all("router" in name for name in gradients.keys() - lean_gradients.keys())
    assert lean_gradients
    for name, gradient in lean_gradients.items():
        torch.testing.assert_close(gradient, gradients[name], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("conditioned", [False, True])
@pytest.mark.parametrize("visible", [1, WINDOW - 1, WINDOW, 50])
@torch.no_grad()
def test_many_experts_equal_transformers_on_the_prompt_alone(stock, visible, conditioned):
    """Guards masks, heads of two sizes, a missing v_proj and what the canvas reads of the KV."""
    ids, canvas = ids_of(1), canvases(visible)
    given = torch.randn(1, SLOTS, VOCAB) * 5 if conditioned else None
    signal = stock.soft_embedding(given) if conditioned else None
    theirs = rich_model()(
        input_ids=ids[:, :visible],
        decoder_input_ids=canvas.noisy,
        self_conditioning_logits=given,
    ).logits
    torch.testing.assert_close(canvas_logits(stock, ids, canvas, signal), theirs, **CLOSE)


@torch.no_grad()
def test_the_encoder_equals_transformers(stock):
    """Guards our masks in place of those that transformers makes, sliding layers included."""
    ids, cache = ids_of(2), DynamicCache()
    hidden, kv = stock.encode(ids)
    theirs = rich_model().model.encoder.language_model(input_ids=ids, past_key_values=cache)
    torch.testing.assert_close(hidden, theirs.last_hidden_state, **CLOSE)
    for (keys, values), layer in zip(kv, cache.layers, strict=True):
        torch.testing.assert_close(keys, layer.keys, **CLOSE)
        torch.testing.assert_close(values, layer.values, **CLOSE)


BOTH = [LeanForward(tiny_model()), StockForward(tiny_model()), StockForward(rich_model())]


@pytest.mark.parametrize("forward", BOTH, ids=["lean", "stock", "many experts"])
@torch.no_grad()
def test_what_a_canvas_sees_of_the_encoder_ends_where_its_hole_begins(forward):
    """Guards the leak: with other text from its hole on, a canvas' logits stay as they are."""
    canvas = canvases(20, 50)
    ids, other = ids_of(1), ids_of(1)
    other[:, 20:] = ids_of(1, seed=9)[:, 20:]
    before, after = (canvas_logits(forward, rows, canvas) for rows in (ids, other))
    torch.testing.assert_close(before[:, :SLOTS], after[:, :SLOTS], **CLOSE)
    assert not torch.allclose(before[:, SLOTS:], after[:, SLOTS:], atol=0.1)


@pytest.mark.parametrize("forward", BOTH, ids=["lean", "stock", "many experts"])
def test_gradients_reach_the_encoder_through_what_the_canvas_reads(forward):
    """Guards a canvas that teaches the decoder alone."""
    embedding = forward.embedding
    _, cache = forward.encode(ids_of(1))
    for keys, values in cache:
        keys.retain_grad()
        values.retain_grad()
    masked = canvases(30)
    logits = canvas_logits_over(forward, cache, masked)
    F.cross_entropy(logits[0], masked.targets[0]).backward()
    assert all(keys.grad.any() and values.grad.any() for keys, values in cache)
    assert all(not keys.grad[:, :, 30:].any() for keys, _ in cache)
    embedding.grad = None


def canvas_logits_over(forward, cache, canvas):
    class Encoded:
        def __getattr__(self, name):
            return getattr(forward, name)

        def encode(self, _):
            return None, cache

    return canvas_logits(Encoded(), ids_of(1), canvas)


def test_the_leaner_one_is_taken_where_it_computes_the_same():
    """Guards a third of the speed, and a router that is ignored."""
    assert isinstance(forward_for(tiny_model()), LeanForward)
    assert isinstance(forward_for(rich_model()), StockForward)
    assert isinstance(forward_for(wordy_model()), StockForward)


def test_only_what_pays_is_compiled(monkeypatch):
    """Guards ten minutes of compiling on a CPU before the first step of a fine-tuning."""
    asked = []
    monkeypatch.setattr(torch, "compile", lambda function, **_: asked.append(function) or function)
    assert not Objective(rich_model(), MARKED, Plan(minutes=1.0)).compiled
    assert asked == []
    assert Objective(tiny_model(), MARKED, Plan(minutes=1.0)).compiled
    assert len(asked) == 3
    assert not Objective(tiny_model(), MARKED, Plan(minutes=1.0, compile=False)).compiled
    assert len(asked) == 3


@pytest.fixture
def elsewhere(monkeypatch):
    """A model on another device than the CPU: without one, that is torch's pretended device."""
    monkeypatch.setattr(lean, "unfit", lambda _: None)  # it compares values: there are none
    with torch.device("meta"):
        return DiffusionGemmaForBlockDiffusion(small_config(SIZE)).to(torch.bfloat16)


@pytest.mark.parametrize("kind", [LeanForward, StockForward])
def test_a_step_stays_on_the_models_device(kind, elsewhere):
    """Guards a tensor that is made on the CPU: on a GPU that is an error, or a copy a step."""
    with FakeTensorMode(allow_non_fake_inputs=True):
        ids, canvas = ids_of(1, device="meta"), canvases(20, 50, device="meta")
        losses = joint(kind(elsewhere), ids, canvas, condition=True, mark=3)
        assert {each.device.type for each in losses} == {"meta"}
        assert Teacher(kind(elsewhere), MARKED).fill(ids, canvas).device.type == "meta"


@pytest.mark.parametrize("kind", [LeanForward, StockForward])
def test_the_device_test_would_see_it(kind, elsewhere):
    """Guards the test above: what is left on the CPU does fail it."""
    with FakeTensorMode(allow_non_fake_inputs=True), pytest.raises(RuntimeError, match="device"):
        joint(kind(elsewhere), ids_of(1, device="meta"), canvases(20), condition=False)


@pytest.mark.parametrize("model", [tiny_model, rich_model])
def test_products_in_bfloat16_have_finite_losses_and_every_gradient(model):
    """Guards autocast: mixed dtypes in attention, and a first pass without gradients whose cached
    weights would leave the second without any.
    """
    model = copy.deepcopy(model())
    forward = forward_for(model)
    exact, whole = losses_and_gradients(forward, model, condition=True)
    with torch.autocast("cpu", torch.bfloat16, cache_enabled=False):
        mixed, gradients = losses_and_gradients(forward, model, condition=True)
    assert gradients.keys() == whole.keys()
    assert all(gradient.isfinite().all() for gradient in gradients.values())
    conditioning = [name for name in gradients if "self_conditioning" in name]
    assert conditioning
    assert all(gradients[name].any() for name in conditioning)
    for ours, theirs in zip(mixed, exact, strict=True):
        torch.testing.assert_close(ours.float(), theirs, rtol=0.02, atol=0.02)


@torch.no_grad()
def test_marked_noise_is_marked_where_it_is_noise():
    """Guards a mark on text that stands, on pinned text, or on what the first pass said."""
    forward = LeanForward(tiny_model())
    canvas = canvases(20)
    canvas.hidden[0, :4] = False
    known, plain = first_signal(forward, canvas)
    _, marked = first_signal(forward, canvas, mark=3)
    noise = canvas.hidden[0]
    assert torch.equal(plain[~noise[None]], marked[~noise[None]])
    assert not plain[0, noise].any()
    hole = (forward.embedding[3] * forward.scale).expand(int(noise.sum()), -1)
    assert torch.equal(marked[0, noise], hole)
    assert torch.equal(marked[0, canvas.pinned[0]], known[0, canvas.pinned[0]])
    losses = [joint(forward, ids_of(1), canvas, condition=False, mark=mark) for mark in (None, 3)]
    assert losses[0].canvas != losses[1].canvas
