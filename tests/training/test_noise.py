"""Corruption, and the optimizer's one piece of mathematics."""

import numpy as np
import pytest
import torch
from attrs import evolve
from checkpoints import tiny_form

from diffgem_engine.training.examples.batches import Batch
from diffgem_engine.training.examples.noise import FROM_THE_LEFT, WRONG_TOKENS, Corruption, corrupt
from diffgem_engine.training.muon import Muon, orthogonalize

SHAPE, SLOTS = (400, 192), 24


def batch_of(clean, seen=-1):
    """Canvases of `SLOTS`, the last six of them pinned."""
    slots, other = np.arange(SHAPE[1]), np.zeros(SHAPE)
    pinned = np.broadcast_to(slots % SLOTS >= SLOTS - 6, SHAPE)
    group = np.broadcast_to(slots // SLOTS, SHAPE)
    return Batch(other, clean, other, pinned, np.full(SHAPE, seen), other, other, group)


def corrupted(form, seed=0):
    rng = np.random.default_rng(seed)
    batch = batch_of(rng.integers(20, form.vocab, size=SHAPE))
    return batch.targets, batch.pinned, corrupt(batch, form, rng).ids


def test_what_is_noise_is_known():
    """Guards marks on text that stands, or on text that is pinned."""
    form = tiny_form()
    rng = np.random.default_rng(0)
    batch = batch_of(rng.integers(20, form.vocab, size=SHAPE))
    noisy = corrupt(batch, form, rng)
    swapped = (noisy.ids == form.ids.hole) & ~noisy.hidden  # a wrong token may be any
    assert (noisy.ids[noisy.hidden] == form.ids.hole).all()
    assert swapped.mean() < 0.001
    assert not noisy.hidden[batch.pinned].any()


@pytest.mark.parametrize("noise", ["absorbing", "uniform", "marked"])
def test_pinned_slots_stay(noise):
    """Guards noise over the text that the user typed."""
    clean, pinned, noisy = corrupted(evolve(tiny_form(), noise=noise))
    assert (noisy[pinned] == clean[pinned]).all()
    assert (noisy[~pinned] != clean[~pinned]).mean() > 0.4


def hidden_slots(form, noisy):
    """[canvases, open slots]"""
    return (noisy == form.ids.hole).reshape(-1, SLOTS)[:, : SLOTS - 6]


def test_every_canvas_has_its_own_share_of_noise():
    """Guards one t for a whole batch; and a third of the canvases are noise alone."""
    form = tiny_form()
    share = hidden_slots(form, corrupted(form)[2]).mean(axis=1)
    assert 0.28 < (share == 1).mean() < 0.38
    partly = share[share < 1]
    counts, _ = np.histogram(partly, bins=5, range=(0, 1))
    assert counts.min() > 0.6 * counts.max()


def test_half_of_the_canvases_are_noise_from_one_place_on():
    """Guards places that are not spread over the middle, or that padding takes part in."""
    form = tiny_form()
    clean, _, _ = corrupted(form)
    clean[:, np.arange(SHAPE[1]) % SLOTS >= 9] = form.ids.pad
    hidden = hidden_slots(form, corrupt(batch_of(clean), form, np.random.default_rng(1)).ids)
    places = hidden.argmax(axis=1)  # the first that is hidden
    from_there = (hidden == (np.arange(SLOTS - 6) >= places[:, None])).all(axis=1)
    counts = np.bincount(places[from_there], minlength=SLOTS - 6) / len(hidden)
    assert 0.48 < from_there.mean() - 0.3 < 0.54  # and those that are noise alone
    assert (np.abs(counts[1:9] - FROM_THE_LEFT / 9) < 0.015).all()
    assert counts[9:].sum() < 0.01


def test_a_task_may_have_other_noise():
    """Guards shares that are read from somewhere else than from the task."""
    form, rng = tiny_form(), np.random.default_rng(2)
    batch = batch_of(rng.integers(20, form.vocab, size=SHAPE))
    how = Corruption(all_noise=0.7, from_the_left=0.0, wrong_tokens=0.0)
    noisy = corrupt(batch, form, rng, how)
    assert (noisy.ids == batch.targets)[~noisy.hidden].all()
    hidden = hidden_slots(form, noisy.ids)
    assert 0.68 < (hidden.all(axis=1)).mean() < 0.75
    partly = hidden[~hidden.all(axis=1)]
    assert 0.4 < (partly[:, 0] & ~partly[:, -1]).sum() / (partly[:, -1] & ~partly[:, 0]).sum() < 2.5


def test_some_visible_tokens_are_wrong():
    """Guards a model that trusts whatever it sees."""
    form = tiny_form()
    clean, pinned, noisy = corrupted(form)
    visible = ~pinned & (noisy != form.ids.hole)
    wrong = (noisy != clean)[visible].mean()
    assert 0.1 * WRONG_TOKENS < wrong < WRONG_TOKENS


def test_code_to_repair_is_seen_as_it_is():
    """Guards noise over code that was misspelt on purpose."""
    form = tiny_form()
    clean, pinned, _ = corrupted(form)
    noisy, hidden = corrupt(batch_of(clean, seen=17), form, np.random.default_rng(0))
    assert not hidden.any()
    assert (noisy[~pinned] == 17).all()
    assert (noisy[pinned] == clean[pinned]).all()


@pytest.mark.parametrize("shape", [(8, 8), (16, 5), (5, 16)])
def test_orthogonalized_matrices_have_singular_values_near_one(shape):
    """Guards the iteration's coefficients and its transposed branch."""
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    left, values, right = torch.linalg.svd(orthogonalize(matrix), full_matrices=False)
    assert values.min() > 0.5
    assert values.max() < 1.3
    theirs, _, others = torch.linalg.svd(matrix, full_matrices=False)
    torch.testing.assert_close(left @ right, theirs @ others, atol=1e-3, rtol=1e-3)


def test_muon_goes_downhill_and_skips_what_has_no_gradient():
    weight, idle = (torch.nn.Parameter(torch.ones(4, 6)) for _ in range(2))
    optimizer = Muon([weight, idle], lr=0.05)
    before = (weight**2).sum().item()
    for _ in range(5):
        optimizer.zero_grad()
        (weight**2).sum().backward()
        optimizer.step()
    assert (weight**2).sum().item() < before
    assert torch.equal(idle.data, torch.ones(4, 6))
