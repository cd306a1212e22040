"""Which weights are trained how."""

import copy

import pytest
import torch
from attrs import evolve
from tiny import rich_model, tiny_model

from diffgem_engine.training.muon import orthogonalize
from diffgem_engine.training.optimizers import optimizers_for
from diffgem_engine.training.plan import Plan

PLAN = Plan(minutes=1.0)
ADAMW = evolve(PLAN, optimizer="adamw", vector_rate=1e-4)


def names_of(model, params):
    known = {id(weight): name for name, weight in model.named_parameters()}
    return {known[id(weight)] for weight in params}


@pytest.mark.parametrize("plan", [PLAN, ADAMW])
@pytest.mark.parametrize("model", [tiny_model, rich_model])
def test_every_weight_that_text_reaches_is_trained_once(model, plan):
    model = model()
    groups = [group for each in optimizers_for(model, plan) for group in each.param_groups]
    found = [weight for group in groups for weight in group["params"]]
    assert len(found) == len({id(weight) for weight in found})
    rest = {n for n, _ in model.named_parameters()} - names_of(model, found)
    assert all("vision" in name for name in rest)


def test_norms_and_embeddings_do_not_decay_in_fine_tuning():
    """Guards norms that shrink, and rare tokens that fade."""
    model = rich_model()
    [optimizer] = optimizers_for(model, ADAMW)
    decaying, others = (names_of(model, group["params"]) for group in optimizer.param_groups)
    assert [group["lr"] for group in optimizer.param_groups] == [1e-4, 1e-4]
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.01, 0.0]
    assert all("proj" in name for name in decaying)
    assert all("norm" in name or "embed_tokens" in name or "scale" in name for name in others)


def test_muon_has_the_matrices_and_adamw_the_rest():
    """Guards the way in which the shipped model was trained."""
    model = tiny_model()
    muon, adamw = optimizers_for(model, PLAN)
    [of_muon], [of_adamw] = muon.param_groups, adamw.param_groups
    assert (of_muon["lr"], of_adamw["lr"]) == (0.024, 6e-3)
    assert (of_muon["weight_decay"], of_adamw["weight_decay"]) == (0.1, 0.0)
    assert all(weight.ndim == 2 for weight in of_muon["params"])
    assert any("experts" in name for name in names_of(model, of_adamw["params"]))


def test_what_is_frozen_stays():
    model = copy.deepcopy(tiny_model())
    model.requires_grad_(False)
    weight = model.model.decoder.layers[0].mlp.up_proj.weight.requires_grad_(True)
    [optimizer] = optimizers_for(model, ADAMW)
    [group] = optimizer.param_groups
    assert group["params"] == [weight]


@pytest.mark.parametrize("shape", [(48, 96), (96, 48)])
def test_a_matrix_is_made_orthogonal_in_either_precision(shape):
    """Guards the instructions that are fast: both are the same update, to a few in a hundred."""
    drawn = torch.randn(*shape, generator=torch.Generator().manual_seed(2))
    exact, quick = (orthogonalize(drawn, products=each) for each in (torch.float32, torch.bfloat16))
    assert quick.dtype == torch.float32
    assert not torch.equal(exact, quick)
    assert (exact - quick).norm() < 0.05 * exact.norm()
    for each in (exact, quick):
        values = torch.linalg.svdvals(each)
        assert 0.5 < values.min() <= values.max() < 1.3


def test_muon_multiplies_as_the_objective_does():
    """Guards bfloat16 where it is emulated, and float32 where the run says otherwise."""
    updates = {}
    for mixed in (False, True):
        model = copy.deepcopy(tiny_model())
        weight = model.model.decoder.layers[0].mlp.up_proj.weight
        before = weight.detach().clone()
        weight.grad = torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
        optimizers_for(model, PLAN, mixed=mixed)[0].step()
        updates[mixed] = weight.detach() - before
    apart = (updates[False] - updates[True]).norm() / updates[False].norm()
    assert 0 < apart < 0.05
