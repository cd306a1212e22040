"""Text in, text out, of requests that take several canvases, have a deadline or are too large."""

import asyncio

import pytest
from asking import ENDLESS, infill, opened
from attrs import evolve

from diffgem_engine.backends import RequestError, local
from diffgem_engine.protocol import Hole, Review, Sampling
from diffgem_engine.serving.validation import check

LONG = 300  # slots: of two canvases
HASTY = Sampling(steps=2, confidence=0.0)


@pytest.fixture(scope="module")
def roomy(checkpoint):
    """Its prompts leave room for what a first canvas commits."""
    return evolve(checkpoint, form=evolve(checkpoint.form, prompt_tokens=512))


async def seen(backend, request):
    """The result, and every progress on the way."""
    steps = []
    return await backend.infill(request, steps.append), steps


async def ending_late(backend, start):
    """A result whose first canvas says no end, and every progress on the way."""
    for seed in range(40):
        asked = infill(Hole(LONG, start), seed=seed, sampling=HASTY)
        result, steps = await seen(backend, asked)
        if steps[-1].committed:
            return result, steps
    raise AssertionError("every middle ends in its first canvas")


async def test_a_long_hole_is_one_text(roomy):
    """Guards a text that begins with the last canvas, or says its start twice; progress shows
    what is committed once.
    """
    async with opened(roomy) as backend:
        assert backend.welcome.hole_slots == 64 + 256
        result, steps = await ending_late(backend, "valuesé")
    [candidate] = result.candidates
    [text] = candidate.texts
    committed = steps[-1].committed
    assert committed.startswith("valuesé")
    assert text.startswith(committed.rstrip("\ufffd"))
    assert result.steps == 4
    assert [progress.step for progress in steps] == [1, 2, 3, 4]
    assert [bool(progress.committed) for progress in steps] == [False, False, True, True]
    shown = "".join(c for c, s in zip(steps[0].cells, steps[0].states, strict=True) if s == "p")
    assert shown == "valuesé"  # without a head
    assert "p" in steps[-1].states  # with one
    assert 0 < candidate.confidence <= 1


async def test_prompt_and_middle_fit_what_was_taught(roomy):
    """Guards positions beyond those of training, at the end of a middle in a long file."""
    prefix = "value = compute(1, 2)\n" * 200
    async with opened(roomy) as backend:
        short = await backend.infill(infill(prefix=prefix, sampling=HASTY))
        long = await backend.infill(infill(Hole(LONG), prefix=prefix, sampling=HASTY))
    assert 512 - LONG // 2 < short.prompt_tokens <= 512
    assert long.prompt_tokens + LONG - 64 <= 512


async def test_a_prompt_too_short_for_two_canvases_has_one(backend, checkpoint):
    """Guards a limit below that of a canvas: this checkpoint's prompts have 160 tokens."""
    assert checkpoint.form.prompt_tokens == 160
    assert backend.welcome.hole_slots == backend.welcome.max_slots == 256
    with pytest.raises(RequestError, match=r"slots of a hole must be 1\.\.256"):
        check(infill(Hole(257)), backend.welcome)


async def test_how_it_ended_is_told(backend):
    late = await backend.infill(infill(sampling=ENDLESS, deadline_ms=0.0))
    assert (late.ended, late.steps) == ("out of time", 1)
    spent = await backend.infill(infill(sampling=HASTY, deadline_ms=1e6))
    assert (spent.ended, spent.steps) == ("out of steps", 2)
    settled = await backend.infill(infill(sampling=Sampling(confidence=1e9, stability=0)))
    assert (settled.ended, settled.steps) == ("settled", 1)


async def test_what_is_written_in_time_is_the_text(backend):
    """Guards the padding of slots that nobody wrote."""
    whole = await backend.infill(infill(Hole(32), path="autoregressive"))
    late = await backend.infill(infill(Hole(32), path="autoregressive", deadline_ms=0.0))
    assert (late.ended, late.steps) == ("out of time", 1)
    [text], [begun] = whole.candidates[0].texts, late.candidates[0].texts
    assert text.startswith(begun.rstrip("\ufffd"))


async def test_a_request_beyond_all_memory_says_what_to_do(checkpoint, monkeypatch):
    """Guards a request that waits for ever, and an error that names nothing to change."""
    monkeypatch.setattr(local, "free_bytes", lambda _: 2**20)
    async with opened(checkpoint) as backend:
        with pytest.raises(RequestError, match=r"MiB.*ask with fewer slots") as caught:
            await backend.infill(infill(Hole(200)))
        assert caught.value.code == "overloaded"
        assert (await backend.infill(infill(sampling=HASTY))).steps == 2


async def test_a_typist_does_not_wait_for_jobs(backend):
    """Guards a priority that is read and forgotten: each job would take 256 steps."""
    jobs = [
        asyncio.create_task(
            backend.infill(infill(seed=seed, sampling=ENDLESS, priority="background"))
        )
        for seed in range(20)
    ]
    typed = await backend.infill(infill(sampling=HASTY))
    assert typed.steps == 2
    assert not any(job.done() for job in jobs)
    reviewed = await backend.review(Review(5, "", "x = 1\n", "", "interactive"))
    assert reviewed.tokens
    assert not any(job.done() for job in jobs)
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
