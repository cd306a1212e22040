"""The facade over a real engine, on a tiny random checkpoint."""

import pytest
import torch
from attrs import evolve
from http_clients import openai
from running import serving

from diffgem_engine.backends.local import LocalBackend
from diffgem_engine.checkpoint.loading import load

LONG = {"model": "any", "prompt": "x = ", "max_tokens": 300}  # of two canvases


@pytest.fixture(scope="module")
def roomy(checkpoint_folder):
    """Its prompts leave room for what a first canvas commits."""
    checkpoint = load(checkpoint_folder, torch.device("cpu"))
    sampling = evolve(checkpoint.sampling, steps=2, confidence=0.0)
    form = evolve(checkpoint.form, prompt_tokens=512)
    return evolve(checkpoint, form=form, sampling=sampling)


async def pieces_of(client, **asked):
    stream = await client.completions.create(**asked, stream=True)
    return [piece.choices[0].text async for piece in stream]


async def test_what_is_streamed_of_a_long_hole_is_its_text(roomy):
    """A piece was sent that the text did not begin with: half a character, a stop's beginning."""
    async with serving(backend=LocalBackend(roomy)) as running, openai(running.path) as client:
        for seed in range(40):
            whole = await client.completions.create(**LONG, seed=seed)
            [text] = [choice.text for choice in whole.choices]
            pieces = await pieces_of(client, **LONG, seed=seed)
            assert "".join(pieces) == text
            if len(pieces) > 1:
                break
        assert len(pieces) > 1, "no middle went on past its first canvas"
        stop = pieces[0][-3:] + pieces[1][:1]
        pieces = await pieces_of(client, **LONG, seed=seed, stop=[stop])
        assert "".join(pieces) == text[: text.index(stop)]


async def test_several_texts_are_different_ones(roomy):
    """`n` texts were asked for, and the same came as often."""
    async with serving(backend=LocalBackend(roomy)) as running, openai(running.path) as client:
        answer = await client.completions.create(
            model="any", prompt="x = ", suffix="\n", max_tokens=8, n=3, best_of=4
        )
    texts = [choice.text for choice in answer.choices]
    assert 1 <= len(texts) <= 3
    assert len(set(texts)) == len(texts)
    assert [choice.index for choice in answer.choices] == list(range(len(texts)))
