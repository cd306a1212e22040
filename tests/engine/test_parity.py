"""Our loop beside transformers' `generate`: same weights, same random numbers, same tokens."""

import copy
from functools import cache

import pytest
import torch
from attrs import evolve
from tiny import UNIFORM, WINDOW, open_canvas, request, run, tiny_engine, tiny_model
from transformers.models.diffusion_gemma.generation_diffusion_gemma import EntropyBoundSamplerConfig

from diffgem_engine.core.continuing import Rest, next_canvas
from diffgem_engine.core.engine import Engine
from diffgem_engine.core.runner import Runner

ENDS = UNIFORM.ids.ends


@pytest.fixture
def generate(monkeypatch):
    """`generate` with our parameters' names: the tokens of canvases until one has an end, where
    there is one to look for; and the steps it took.
    """
    # It loads torch's compiler, slowly and with a deprecation warning, to mark what we do not use.
    monkeypatch.setattr(torch.compiler, "cudagraph_mark_step_begin", lambda: None)

    def fill(prompt, slots, seed, params, canvas=None, ends=None, model=None):
        model = model or tiny_model()
        monkeypatch.setattr(model.config, "canvas_length", canvas or slots)
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
            eos_token_id=ends,
            pad_token_id=None,
        )
        tokens = out.sequences[0, len(prompt) :].tolist()
        return tokens, round(len(tokens) / float(out.tokens_per_forward))

    return fill


@cache
def talkative_model():
    """One that hardly ever says an end: its canvases go on."""
    model = copy.deepcopy(tiny_model())
    with torch.no_grad():
        model.model.decoder.embed_tokens.weight[list(ENDS)] = 0.0
    return model


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


def several(generate, slots, longest, seed, model, **sampling):
    """Ours and theirs of a hole of several canvases: (tokens, steps) each."""
    canvas, rest = next_canvas(UNIFORM, Rest(slots, (), longest))
    wanted = evolve(request(40, canvas, seed, **sampling), rest=rest)
    [ended] = run(Engine(Runner(model), UNIFORM), wanted)
    ours = [*ended.sequence.committed.ids, *ended.sequence.filled()], ended.sequence.steps
    theirs = generate(wanted.prompt, slots, seed, wanted.params, longest, [*ENDS], model)
    return ours, theirs


@pytest.mark.parametrize("stability", [0, 1])
@pytest.mark.parametrize("longest", [WINDOW - 1, WINDOW, 24])
def test_a_hole_of_several_canvases_equals_generate(generate, longest, stability):
    """Guards what is committed: its positions, its KV, the random stream that goes on, a history
    of stopping that does not begin anew, and steps that are counted from the first canvas on.
    """
    hasty = {"steps": 12, "confidence": 0.5, "stability": stability}
    ours, theirs = several(generate, 4 * longest, longest, 3, talkative_model(), **hasty)
    assert ours == theirs
    assert len(ours[0]) == 4 * longest


def test_it_ends_with_the_canvas_in_which_generate_ends(generate):
    """Guards canvases behind the end of a middle, and an end that nobody looks for."""
    counts = set()
    for seed in range(6):
        ours, theirs = several(generate, 32, 8, seed, tiny_model(), steps=4)
        assert ours == theirs
        counts.add(len(ours[0]) // 8)
    assert len(counts) > 1


def test_two_whole_canvases_equal_generate(generate):
    ours, theirs = several(generate, 512, 256, 0, talkative_model(), steps=2)
    assert ours == theirs
    assert len(ours[0]) == 512
