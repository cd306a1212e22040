"""When a canvas is done, beside transformers' criterion on the same logits."""

import random

import pytest
import torch
from transformers.models.diffusion_gemma.generation_diffusion_gemma import (
    StableAndConfidentStoppingCriteria,
)

from diffgem_engine.core.sampler import SamplingParams, distribution
from diffgem_engine.core.stopping import Stopping

SURE, UNSURE = 0.001, 0.5


def steps(*argmaxes, entropy=SURE, stability=1):
    stopping, params = Stopping(), SamplingParams(stability=stability)
    return [stopping.done((token,), entropy, params) for token in argmaxes]


def test_stable_means_unchanged_for_so_many_steps():
    """Guards an off-by-one: stability 1 compares with one step before."""
    assert steps(1, 1, 2, 2, 2) == [False, True, False, True, True]
    assert steps(1, 1, 1, 2, 2, 2, stability=2) == [False, False, True, False, False, True]
    assert steps(1, 2, stability=0) == [True, True]


def test_unsure_is_not_done():
    """Guards a canvas that is stable because nothing is accepted."""
    assert steps(1, 1, 1, entropy=UNSURE) == [False] * 3


@pytest.mark.parametrize("stability", [0, 1, 3])
def test_it_agrees_with_transformers(stability):
    """Guards drift from the reference on random histories."""
    draw = random.Random(stability)
    theirs = StableAndConfidentStoppingCriteria(stability, confidence_threshold=0.3)
    ours, params = Stopping(), SamplingParams(stability=stability, confidence=0.3)
    canvas, agreed = [0, 0, 0], []
    for _ in range(200):
        if draw.random() < 0.3:
            canvas[draw.randrange(3)] = draw.randrange(3)
        logits = torch.zeros(1, 3, 3)
        logits[0, range(3), canvas] = draw.choice([2.0, 9.0])
        found = distribution(logits.clone(), [1.0])
        done = ours.done(tuple(canvas), float(found.entropy.mean()), params)
        assert done == bool(theirs(torch.tensor([canvas]), logits))
        agreed.append(done)
    assert any(agreed)
    assert not all(agreed)
