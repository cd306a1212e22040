"""Drafts, text in and text out: which compete, which wins, and what is said of each."""

import asyncio

import asking
import pytest
from asking import ENDLESS, opened
from attrs import evolve
from checkpoints import tiny_form

from diffgem_engine.backends import RequestError
from diffgem_engine.backends.candidates import compete
from diffgem_engine.core.sequence import Score
from diffgem_engine.protocol import Candidate, Hole, Sampling
from diffgem_engine.serving.validation import check

FILLED = Candidate(("filled",), 0.9)


def draft(text):
    return Candidate((text,), 0.1, "draft")


def texts(candidates):
    return [candidate.texts[0] for candidate in candidates]


def scores(*log_probs):
    return [Score(log_prob, 3) for log_prob in log_probs]


@pytest.mark.parametrize(
    ("bonus", "expected"),
    [(0.0, ["filled", "b", "a"]), (1.0, ["filled", "b", "a"]), (1.5, ["b", "filled", "a"])],
)
def test_the_best_score_comes_first(bonus, expected):
    """Guards the order, ties included, and a bonus that shows in what is reported."""
    found = compete([FILLED], [draft("a"), draft("b")], scores(-5, -8, -6), bonus)
    assert texts(found) == expected
    assert {one.texts[0]: one.log_prob for one in found} == {"filled": -5, "a": -8, "b": -6}
    assert {one.texts[0]: one.origin for one in found} == {
        "filled": "denoised",
        "a": "draft",
        "b": "draft",
    }


def test_a_text_that_was_filled_and_drafted_is_one():
    """Guards two equal candidates, and agreement that counts for nothing."""
    found = compete([FILLED], [draft("a"), draft("filled")], scores(-9, -6, -7), 2.0)
    assert found == (evolve(draft("a"), log_prob=-6), evolve(FILLED, log_prob=-7))
    found = compete([FILLED], [draft("a"), draft("filled")], scores(-5, -6, -7), 2.0)
    assert found[0] == evolve(FILLED, log_prob=-5)


def infill(*drafts, slots=16, start="", **fields):
    return asking.infill(Hole(slots, start), drafts=drafts, **fields)


@pytest.mark.parametrize("path", ["diffusion", "autoregressive"])
async def test_drafts_compete_with_what_is_filled(backend, path):
    """Guards every field of every candidate, on both paths."""
    plain = await backend.infill(infill(path=path))
    drafts = ("v * 2 ", "naïve_𝄞", "<eom>", "")
    found = await backend.infill(infill(*drafts, path=path))
    by_text = {candidate.texts[0]: candidate for candidate in found.candidates}
    [filled] = plain.candidates
    assert set(by_text) == {*drafts, *filled.texts}
    assert filled.log_prob is None
    assert filled.origin == {"diffusion": "denoised"}.get(path, path)
    assert evolve(by_text[filled.texts[0]], log_prob=None) == filled
    assert all(by_text[text].origin == "draft" for text in drafts)
    assert all(0 < one.confidence <= 1 and one.log_prob < 0 for one in found.candidates)
    log_probs = [one.log_prob for one in found.candidates]
    assert log_probs == sorted(log_probs, reverse=True)
    assert (found.steps, plain.score_ms) == (plain.steps, 0.0)
    assert found.score_ms > 0


async def test_what_the_hole_starts_with_is_in_every_candidate(backend):
    """Guards the typed text: a draft does not repeat it, and the answer has it once."""
    for path in ("diffusion", "autoregressive"):
        found = await backend.infill(infill(" * 2", "alue", start="v", path=path))
        assert {"v * 2", "value"} < set(texts(found.candidates))
        assert all(text.startswith("v") for text in texts(found.candidates))


async def test_the_bonus_is_the_requests_or_the_checkpoints(checkpoint):
    """Guards an override that is read over."""
    for known, asked, drafts_win in ((0.0, None, False), (1e6, None, True), (1e6, 0.0, False)):
        sampling = evolve(checkpoint.sampling, draft_bonus=known)
        asked_for = infill("v", "ü§ ß𝄞", sampling=Sampling(draft_bonus=asked))
        async with opened(evolve(checkpoint, sampling=sampling)) as backend:
            found = await backend.infill(asked_for)
        assert len(found.candidates) == 3
        assert (found.candidates[-1].origin == "denoised") == drafts_win


async def test_a_draft_that_the_hole_has_no_room_for_is_left_out(backend):
    """Guards texts that would be cut."""
    long, fits = "value = other_value + 1\n" * 3, "["
    slots = (await backend.count([long]))[0]
    for room, expected in ((slots - 1, {fits}), (slots, {fits, long})):
        found = await backend.infill(infill(long, fits, fits, slots=room))
        assert set(texts(found.candidates)) - expected == set(texts([_filled(found)]))
        assert expected <= set(texts(found.candidates))
    alone = await backend.infill(infill(long, slots=2))
    assert [one.log_prob for one in alone.candidates] == [None]


async def test_a_draft_that_is_likely_enough_is_the_answer(backend):
    """Guards candidates without a canvas, their order, and a typed start that is lost."""
    for path in ("diffusion", "autoregressive"):
        asked = infill(" * 2", "alue", "alue", start="v", path=path)
        every = await backend.infill(asked)
        sure = Sampling(draft_enough=-1e6)
        seen = []
        found = await backend.infill(evolve(asked, sampling=sure), seen.append)
        drafts = [one for one in every.candidates if one.origin == "draft"]
        assert texts(found.candidates) == texts(drafts)
        assert {one.origin for one in found.candidates} == {"draft"}
        assert [one.log_prob for one in found.candidates] == pytest.approx(
            [one.log_prob for one in drafts]
        )
        assert (found.steps, found.ended, found.denoise_ms, seen) == (0, "settled", 0.0, [])
        assert found.score_ms > 0


def _filled(found):
    [filled] = [one for one in found.candidates if one.origin != "draft"]
    return filled


async def test_special_tokens_never_come_from_a_draft(backend, monkeypatch):
    """Guards a text that ends the middle, or that is a prompt's mark."""
    seen, submit = [], backend._thread.submit

    def noted(ids, *others):
        seen.append(ids)
        return submit(ids, *others)

    monkeypatch.setattr(backend._thread, "submit", noted)
    await backend.infill(infill("<eom>", "<pad><hole>", "\ud800"))
    marks = set(range(7))
    assert tiny_form().ids.eom in marks
    assert len(seen[0].drafts) == 3
    assert all(not marks & set(ids) for ids in seen[0].drafts)


async def test_cancelling_a_request_with_drafts(backend):
    """Guards the wait for a score that never comes."""
    started = asyncio.Event()
    asked = backend.infill(infill("a", "b", sampling=ENDLESS), lambda _: started.set())
    work = asyncio.create_task(asked)
    await started.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert len((await backend.infill(infill("a", "b"))).candidates) == 3


@pytest.mark.parametrize("path", ["diffusion", "autoregressive"])
async def test_a_text_alone_is_scored_where_that_is_wanted(backend, path):
    """The gate asks what the encoder says: the same as beside a draft, and of nothing unasked."""
    alone = await backend.infill(infill(path=path, scored=True))
    (candidate,) = alone.candidates
    beside = await backend.infill(infill("zzzz", path=path))
    said = {each.texts: each.log_prob for each in beside.candidates}
    assert candidate.log_prob == pytest.approx(said[candidate.texts], abs=1e-4)
    unasked = await backend.infill(infill(path=path))
    assert unasked.candidates == (evolve(candidate, log_prob=None),)


@pytest.mark.parametrize("fields", [{"seeds": 2}, {"canvas": (Hole(4), Hole(4))}])
def test_what_cannot_be_scored_is_refused(backend, fields):
    with pytest.raises(RequestError, match="scored"):
        check(evolve(infill(scored=True), **fields), backend.welcome)
