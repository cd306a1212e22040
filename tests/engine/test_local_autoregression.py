"""The autoregressive path, text in and text out."""

import asyncio

import pytest
from asking import infill
from attrs import evolve

from diffgem_engine.backends import RequestError
from diffgem_engine.protocol import Hole, Pinned, Sampling


async def test_the_autoregressive_path(backend):
    """Guards the way from text to text, each figure, and a cache that two paths share."""
    diffusion = await backend.infill(infill(Hole(9)))
    seen = []
    asked = infill(Hole(9), path="autoregressive", sampling=Sampling(steps=1), seed=4)
    result = await backend.infill(asked, seen.append)
    [candidate] = result.candidates
    assert 0 < candidate.confidence <= 1
    assert 1 <= result.steps <= 9
    assert result.prompt_tokens == diffusion.prompt_tokens
    assert (diffusion.prefilled_tokens, result.prefilled_tokens) == (result.prompt_tokens, 0)
    assert result.denoise_ms > 0
    assert [progress.step for progress in seen] == list(range(1, result.steps + 1))
    assert [progress.states for progress in seen[:2]] == ["a" + "n" * 8, "aa" + "n" * 7]
    assert "".join(seen[-1].cells) == candidate.texts[0]
    again = await backend.infill(evolve(asked, seed=5, sampling=Sampling()))
    assert again.candidates == result.candidates


async def test_the_autoregressive_path_goes_on_from_the_typed_start(backend):
    """Guards a start that is lost, or written once more; and counts that leave it out."""
    bare = await backend.infill(infill(Hole(24), path="autoregressive"))
    for start in ("v * 2", "naïve_𝄞", "<eom>", "\ufffd"):
        [typed] = await backend.count([start])
        hole = Hole(24, starts_with=start)
        result = await backend.infill(infill(hole, path="autoregressive"))
        assert result.candidates[0].texts[0].startswith(start)
        assert result.steps <= 24 - typed
        assert result.prompt_tokens == bare.prompt_tokens + typed


async def test_both_paths_at_once_give_what_each_gives_alone(backend):
    """Guards texts that go to who asked on the other path."""
    asked = [
        infill(Hole(8), prefix=f"{n} = [", path=path)
        for n in range(4)
        for path in ("diffusion", "autoregressive")
    ]
    alone = [await backend.infill(one) for one in asked]
    together = await asyncio.gather(*map(backend.infill, asked))
    assert [one.candidates[0].texts for one in together] == [
        one.candidates[0].texts for one in alone
    ]


@pytest.mark.parametrize(
    ("canvas", "message"),
    [
        ((Hole(4), Hole(4)), "fills one hole and no more"),
        ((Hole(4), Pinned(")")), "fills one hole and no more"),
        ((Hole(2, "a long start that has more tokens"),), "give it more slots"),
    ],
)
async def test_what_is_not_one_hole_is_a_bad_request_to_the_autoregressive_path(
    backend, canvas, message
):
    """Guards pinned text that is dropped without a word."""
    with pytest.raises(RequestError, match=message) as refused:
        await backend.infill(infill(*canvas, path="autoregressive"))
    assert refused.value.code == "bad-request"
