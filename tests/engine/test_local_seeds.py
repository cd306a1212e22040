"""Several seeds, text in and text out: which text comes first, and how many agree on it."""

import pytest
from asking import infill, opened
from attrs import evolve
from checkpoints import tiny_form

from diffgem_engine.backends import RequestError
from diffgem_engine.backends.candidates import agreed
from diffgem_engine.protocol import Candidate, Hole, Pinned, Sampling

HOT = Sampling(steps=4, temperature_start=5.0, entropy_bound=30.0)
COLD = Sampling(steps=4, temperature_start=0.0, temperature_end=0.0, entropy_bound=0.0)


def one(text, confidence=0.5):
    return Candidate((text,), confidence)


def test_the_most_frequent_text_comes_first():
    """Guards the order, ties included, and a text that is told twice."""
    found = agreed([one("a", 0.9), one("b", 0.2), one("c", 0.3), one("b", 0.1), one("d", 0.3)])
    assert [(c.texts[0], c.confidence, c.agreement) for c in found] == [
        ("b", 0.2, 0.4),
        ("a", 0.9, 0.2),
        ("c", 0.3, 0.2),
        ("d", 0.3, 0.2),
    ]
    assert agreed([one("a")] * 3) == (evolve(one("a"), agreement=1.0),)


async def test_every_candidate_is_a_seeds_text(backend):
    """Guards votes for a text that nobody wrote, and several holes that are counted apart."""
    for canvas in ((Hole(12, "v"),), (Hole(6), Pinned(" for "), Hole(4))):
        asked = infill(*canvas, sampling=HOT, seed=5)
        alone = [await backend.infill(evolve(asked, seed=5 + n)) for n in range(4)]
        texts = [result.candidates[0].texts for result in alone]
        found = await backend.infill(evolve(asked, seeds=4))
        assert {c.texts: c.agreement for c in found.candidates} == {
            each: texts.count(each) / 4 for each in texts
        }
        assert {c.origin for c in found.candidates} == {"denoised"}


async def test_seeds_that_draw_nothing_agree(backend):
    asked = infill(Hole(8), sampling=COLD)
    [alone] = (await backend.infill(asked)).candidates
    [found] = (await backend.infill(evolve(asked, seeds=3))).candidates
    assert (alone.agreement, found) == (None, evolve(alone, agreement=1.0))


async def test_a_format_that_tries_lengths_takes_one_seed(checkpoint_folder):
    """Guards lengths that are tried by the first seed alone."""
    import torch

    from diffgem_engine.checkpoint.loading import load

    pinned = load(checkpoint_folder, torch.device("cpu"), wanted="pinned")
    assert pinned.form.name != tiny_form().name
    async with opened(pinned) as backend:
        with pytest.raises(RequestError, match="pinned format tries several lengths"):
            await backend.infill(infill(seeds=2))
