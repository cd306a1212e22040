"""Our loop beside transformers' `generate`: same weights, same random numbers, same tokens."""

import pytest
import torch
from tiny import WINDOW, open_canvas, request, run, tiny_engine, tiny_model
from transformers.models.diffusion_gemma.generation_diffusion_gemma import EntropyBoundSamplerConfig


@pytest.fixture
def generate(monkeypatch):
    """`generate` with our parameters' names: the tokens of one canvas, and the steps it took."""
    model = tiny_model()
    # It loads torch's compiler, slowly and with a deprecation warning, to mark what we do not use.
    monkeypatch.setattr(torch.compiler, "cudagraph_mark_step_begin", lambda: None)

    def fill(prompt, slots, seed, params):
        monkeypatch.setattr(model.config, "canvas_length", slots)
        torch.manual_seed(seed)
        out = model.generate(
            torch.tensor([prompt]),
            max_new_tokens=slots,
            max_denoising_steps=params.steps,
            t_max=params.temperature_start,
            t_min=params.temperature_end,
            sampler_config=EntropyBoundSamplerConfig(params.entropy_bound),
            stability_threshold=params.stability,
            confidence_threshold=params.confidence,
            eos_token_id=None,
            pad_token_id=None,
        )
        tokens = out.sequences[0, len(prompt) :].tolist()
        return tokens, round(slots / float(out.tokens_per_forward))

    return fill


def both(generate, wanted):
    """Ours and theirs: (tokens, steps) each."""
    [ended] = run(tiny_engine(), wanted)
    ours = ended.sequence.filled(), ended.sequence.step
    theirs = generate(wanted.prompt, len(wanted.canvas), wanted.seed, wanted.params)
    return ours, theirs


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("length", [1, WINDOW - 1, WINDOW, 64, 100])
def test_an_unpinned_canvas_equals_generate(generate, length, seed):
    """Guards the order of random draws, the positions, and the cut of sliding layers."""
    ours, theirs = both(generate, request(length, seed=seed, steps=6))
    assert ours == theirs


@pytest.mark.parametrize("steps", [1, 3, 12])
def test_the_temperature_follows_the_wanted_number_of_steps(generate, steps):
    """Guards a schedule that is off by one, or that ignores an override of the steps."""
    ours, theirs = both(generate, request(40, steps=steps, temperature_start=1.5))
    assert ours == theirs
    assert ours[1] == steps


@pytest.mark.parametrize("stability", [0, 1, 2])
def test_it_stops_early_where_generate_does(generate, stability):
    """Guards a stop that looks at one step too few, or at another entropy."""
    wanted = request(40, seed=3, steps=48, confidence=0.05, stability=stability)
    ours, theirs = both(generate, wanted)
    assert ours == theirs
    assert 1 < ours[1] < 48


def test_a_canvas_between_two_buckets_equals_generate(generate):
    """Guards the mask of a bucket's padding: 11 slots run as 16, 70 prompt tokens as 128."""
    ours, theirs = both(generate, request(70, open_canvas(11), steps=6))
    assert ours == theirs


def test_other_acceptance_bounds(generate):
    """Guards a bound that is compared with the wrong partial sum."""
    for bound in (0.01, 1.0, 30.0):
        ours, theirs = both(generate, request(40, seed=5, steps=6, entropy_bound=bound))
        assert ours == theirs
