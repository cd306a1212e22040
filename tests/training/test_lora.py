"""Adapters: what they reach, what they leave alone, and what becomes of them."""

import copy
import json
import warnings

import peft
import pytest
import torch
from forwards import canvas_logits, canvases, ids_of
from renames import failing_rename
from tiny import rich_model, tiny_model

from diffgem_engine.training import weights
from diffgem_engine.training.errors import CannotWrite
from diffgem_engine.training.lora import Adapter
from diffgem_engine.training.passes.forward import forward_for
from diffgem_engine.training.passes.loss import joint
from diffgem_engine.training.passes.stock import StockForward

RANK = 3


def adapted(model=rich_model, dtype=torch.float32):
    model = copy.deepcopy(model()).to(dtype)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return model, Adapter(model, RANK, "somebody/some-model")


def taught(**options):
    """With adapters that do something."""
    model, adapter = adapted(**options)
    draws = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weight in weights.trained(model).items():
            if "lora_B" in name:
                weight.copy_(0.1 * torch.randn(weight.shape, generator=draws))
    return model, adapter


@torch.no_grad()
def both_passes(model):
    """Of the encoder its hidden states, of the decoder the logits."""
    forward = StockForward(model)
    ids = ids_of(1)
    return forward.encode(ids)[0], canvas_logits(forward, ids, canvases(30))


def test_new_adapters_change_nothing():
    model, _ = adapted()
    for before, after in zip(both_passes(rich_model()), both_passes(model), strict=True):
        torch.testing.assert_close(after, before)


def test_adapters_act_in_both_passes_and_are_the_same_there():
    """Guards an encoder that reads the prompt without what was learned: its modules are its own,
    only their weights are the decoder's.
    """
    model, _ = taught()
    for before, after in zip(both_passes(rich_model()), both_passes(model), strict=True):
        assert not torch.allclose(before, after, atol=0.01)
    encoder, decoder = model.model.encoder.language_model.layers, model.model.decoder.layers
    for one, other in zip(encoder, decoder, strict=True):
        for module, same in ((one.self_attn.q_proj, other.self_attn.q_proj), (one.mlp, other.mlp)):
            ours, theirs = dict(module.named_parameters()), dict(same.named_parameters())
            assert all(weight is theirs[name] for name, weight in ours.items())
    assert not any("decoder" in name for name in weights.trained(model))


def test_nothing_else_is_trained():
    """Guards a router that moves under its experts, and embeddings of every token."""
    model, _ = adapted()
    names = weights.trained(model)
    assert all(".lora_A." in name or ".lora_B." in name for name in names)
    modules = {name.partition(".lora_")[0].rpartition(".layers.")[2] for name in names}
    full = {f"2.self_attn.{part}_proj" for part in "qko"}  # without v_proj
    sliding = {f"{layer}.self_attn.{part}_proj" for layer in (0, 1) for part in "qkvo"}
    dense = {f"{layer}.mlp.{part}_proj" for layer in (0, 1, 2) for part in ("gate", "up", "down")}
    assert modules == full | sliding | dense
    shapes = {min(weight.shape) for weight in names.values()}
    assert shapes == {RANK}


def test_every_adapter_has_a_gradient_from_both_losses():
    model, _ = taught()
    forward = forward_for(model)
    assert isinstance(forward, StockForward)
    for loss in joint(forward, ids_of(1), canvases(30, 50), condition=True):
        model.zero_grad(set_to_none=True)
        loss.backward(retain_graph=True)
        idle = [name for name, weight in weights.trained(model).items() if weight.grad is None]
        # The last layer's keys are all that the encoder gives to the canvas of it, and so on.
        assert idle == []
    assert all(w.grad is None for w in model.parameters() if not w.requires_grad)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_merged_model_is_a_plain_one_that_computes_the_same(dtype):
    """Guards weights that were changed twice, once for each pass, and a model that does not come
    back to the last bit.
    """
    model, adapter = taught(dtype=dtype)
    wanted = both_passes(model)
    state = {name: weight.clone() for name, weight in model.state_dict().items()}
    close = {"atol": 2e-3, "rtol": 1e-4} if dtype == torch.float32 else {"atol": 1.5, "rtol": 0.1}
    with adapter.merged():
        assert model.state_dict().keys() == rich_model().state_dict().keys()
        for ours, theirs in zip(both_passes(model), wanted, strict=True):
            torch.testing.assert_close(ours, theirs, **close)
    assert model.state_dict().keys() == state.keys()
    assert all(torch.equal(weight, state[name]) for name, weight in model.state_dict().items())


def test_the_model_comes_back_after_an_error():
    """Guards a run that goes on with merged weights after a failed export."""
    model, adapter = taught()
    wanted = both_passes(model)
    with pytest.raises(OSError, match="full"), adapter.merged():
        raise OSError("full")
    for ours, theirs in zip(both_passes(model), wanted, strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("model", [tiny_model, rich_model])
def test_peft_reads_what_was_saved(tmp_path, model):
    """Guards adapters that only we can read."""
    trained, adapter = taught(model=model)
    for _ in range(2):  # the second in place of the first
        adapter.save(tmp_path / "adapter")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"adapter"}
    config = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    assert (config["r"], config["lora_alpha"]) == (RANK, 2 * RANK)
    assert config["base_model_name_or_path"] == "somebody/some-model"
    base = copy.deepcopy(model())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        peft.PeftModel.from_pretrained(base, tmp_path / "adapter")
    for ours, theirs in zip(both_passes(base), both_passes(trained), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_a_link_in_the_adapters_place_gives_way(tmp_path):
    """It ended the slice, after the training; and what it leads to is somebody's other adapter."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "kept").touch()
    (tmp_path / "adapter").symlink_to(tmp_path / "other")
    adapted()[1].save(tmp_path / "adapter")
    assert (tmp_path / "adapter" / "adapter_config.json").exists()
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["kept"]


def test_a_save_that_fails_leaves_the_adapter_of_before(tmp_path, monkeypatch):
    """It was removed first: a kill there left none."""
    _, adapter = adapted()
    adapter.save(tmp_path / "adapter")
    before = {path.name: path.read_bytes() for path in (tmp_path / "adapter").iterdir()}
    failing_rename(monkeypatch)
    with pytest.raises(CannotWrite, match="what was saved before is still there"):
        adapter.save(tmp_path / "adapter")
    after = {path.name: path.read_bytes() for path in (tmp_path / "adapter").iterdir()}
    assert after == before
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]
