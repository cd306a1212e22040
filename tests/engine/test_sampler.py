"""The sampler's verbs, beside transformers' on random logits."""

import math

import pytest
import torch
from transformers.models.diffusion_gemma.generation_diffusion_gemma import (
    EntropyBoundSampler,
    EntropyBoundSamplerConfig,
    LinearTemperatureScheduleLogitsProcessor,
)

from diffgem_engine.core import sampler
from diffgem_engine.core.sampler import SamplingParams


def random_logits(rows=4, slots=16, vocab=50, seed=0):
    generator = torch.Generator().manual_seed(seed)
    scale = torch.rand(rows, slots, 1, generator=generator) * 12
    return torch.randn(rows, slots, vocab, generator=generator) * scale


def all_counted(logits):
    return torch.ones(logits.shape[:2], dtype=torch.bool)


@pytest.mark.parametrize("bound", [0.001, 0.1, 1.0, 8.0, 1000.0])
def test_acceptance_equals_transformers(bound):
    """Guards the sum and its largest term, over every bound from one slot to all."""
    for seed in range(5):
        logits = random_logits(seed=seed)
        theirs = EntropyBoundSampler(EntropyBoundSamplerConfig(bound), 16, 50, 8)
        canvas = torch.zeros(logits.shape[:2], dtype=torch.long)
        theirs.accept_canvas(canvas, canvas, logits, 1)
        entropy = sampler.distribution(logits.clone(), [1.0] * 4).entropy
        ours = sampler.accept(entropy, all_counted(logits), [bound] * 4)
        assert torch.equal(ours, theirs.accepted_token_mask)
        assert (ours.sum(-1) >= 1).all()


def test_padding_is_never_accepted_and_costs_nothing():
    """Guards a bucket's padding that takes from the entropy budget."""
    entropy = torch.tensor([[0.5, 0.0, 0.2, 0.0, 0.3]])
    counted = torch.tensor([[True, False, True, False, True]])
    assert sampler.accept(entropy, counted, [0.2]).tolist() == [[False, False, True, False, True]]
    assert sampler.accept(entropy, counted, [99.0]).tolist() == counted.tolist()
    assert not sampler.accept(entropy, ~all_counted(entropy[..., None]), [99.0]).any()


def test_every_row_has_its_own_bound():
    entropy = torch.tensor([[0.1, 0.2, 0.3]]).repeat(3, 1)
    accepted = sampler.accept(entropy, all_counted(entropy[..., None]), [0.0, 0.15, 9.0])
    assert accepted.sum(-1).tolist() == [1, 2, 3]


@pytest.mark.parametrize("steps", [1, 7, 48])
def test_the_temperature_schedule_equals_transformers(steps):
    """Guards the direction of the schedule and its first and last step."""
    params = SamplingParams(steps=steps, temperature_start=0.9, temperature_end=0.2)
    theirs = LinearTemperatureScheduleLogitsProcessor(0.2, 0.9, steps)
    one = torch.ones(1)
    for step in range(steps):
        left = torch.tensor(steps - step, dtype=torch.int32)
        heated = float(theirs(None, one, cur_step=left))
        assert 1 / params.temperature(step) == pytest.approx(heated, rel=1e-6)


@pytest.mark.parametrize("piece", [1, 120, 10**9])
def test_the_distribution_is_that_of_the_logits(monkeypatch, piece):
    """Guards entropies of one temperature beside probabilities of another, and pieces that do not
    meet.
    """
    monkeypatch.setattr(sampler, "CPU_PIECE", piece)
    logits, heats, tempered = random_logits(), [0.3, 0.7, 1.0, 2.0], [True, False, True, False]
    found = sampler.distribution(logits.clone(), heats, tempered)
    for row, heat in enumerate(heats):
        cool = torch.distributions.Categorical(logits=logits[row])
        hot = torch.distributions.Categorical(logits=logits[row] / heat)
        told = hot if tempered[row] else cool
        torch.testing.assert_close(found.probs[row], told.probs)
        torch.testing.assert_close(found.entropy[row], hot.entropy(), atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(found.log_prob[row], cool.log_prob(logits[row].argmax(-1)))
    assert torch.equal(found.argmax, logits.argmax(-1))


def test_the_vocabulary_stands_in_memory_once():
    """Guards a second tensor of a large vocabulary's size."""
    logits = random_logits()
    assert sampler.distribution(logits, [1.0] * 4).probs.data_ptr() == logits.data_ptr()


def test_temperature_zero_is_the_limit():
    """Guards a division by zero, and a NaN where a probability is zero."""
    logits = torch.tensor([[[1.0, 3.0, 2.9999], [5.0, -30.0, 5.0]]])
    found = sampler.distribution(logits, [0.0])
    assert found.probs.tolist() == [[[0.0, 1.0, 0.0], [0.5, 0.0, 0.5]]]
    assert found.entropy[0].tolist() == pytest.approx([0.0, math.log(2)])


@pytest.mark.parametrize("heat", [0.0, 0.4, 1.0, 1.7])
def test_probabilities_can_be_tempered_later(heat):
    """Guards draws of another temperature than the request's, and nothing at all at zero."""
    logits = random_logits()
    cool = sampler.distribution(logits.clone(), [heat] * 4, [False] * 4).probs
    hot = sampler.distribution(logits.clone(), [heat] * 4).probs
    found = sampler.heated(cool[0], heat)
    torch.testing.assert_close(found / found.sum(-1, keepdim=True), hot[0], atol=1e-5, rtol=1e-4)


def test_draws_and_noise_follow_their_own_stream():
    """Guards the global random state: a second reader of it would change every result."""
    probs = torch.full((6, 40), 1 / 40)

    def draws(seed):
        stream = torch.Generator().manual_seed(seed)
        noisy = sampler.noise(6, 3, 9, stream)
        return sampler.draw(probs, stream).tolist(), noisy.tolist()

    first = draws(1)
    torch.rand(5)
    assert draws(1) == first
    assert draws(2) != first
    assert all(3 <= token < 9 for token in first[1])


def test_renoise_keeps_what_is_accepted():
    drawn, noisy = torch.tensor([1, 2, 3]), torch.tensor([7, 8, 9])
    accepted = torch.tensor([True, False, True])
    assert sampler.renoise(drawn, accepted, noisy).tolist() == [1, 8, 3]
