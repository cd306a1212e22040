"""Drafts: the encoder's word on them and on what was filled, after the canvas is done."""

import math
from functools import cache

import pytest
import reference
import torch
from attrs import evolve
from tiny import (
    UNIFORM,
    VOCAB,
    WINDOW,
    continuation,
    request,
    run,
    submit,
    text_ids,
    tiny_model,
    wordy_model,
)

from diffgem_engine.core.branches import BranchedRow
from diffgem_engine.core.canvas import HoleSlots, build_canvas, read_hole
from diffgem_engine.core.engine import Engine, Events
from diffgem_engine.core.failures import NoNumbers
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.scheduler import Scheduler
from diffgem_engine.core.sequence import Outcome

EOM = UNIFORM.ids.eom
DRAFTS = (text_ids(1, 5), text_ids(12, 6), (), text_ids(4, 7), (*text_ids(4, 7), 60))


@cache
def wordy_runner():
    return Runner(wordy_model())


def engine(**parts):
    return Engine(wordy_runner(), UNIFORM, **parts)


def typed(length, start=(), seed=0, drafts=DRAFTS):
    """On the diffusion path; the hole starts with `start`."""
    canvas = build_canvas(UNIFORM, [HoleSlots(len(start) + 14, tuple(start))], text_ids(9, 3))
    return request(length, canvas, seed, drafts, steps=3)


def written(length, start=(), seed=0, drafts=DRAFTS):
    return continuation(length, len(start) + 14, start, seed, drafts)


def enough(wanted, log_prob):
    """A draft as likely as that is the answer."""
    return evolve(wanted, params=evolve(wanted.params, draft_enough=log_prob))


def log_probs(scores):
    return [score.log_prob for score in scores]


def middle(sequence):
    return read_hole(UNIFORM, sequence.argmax)[0]


def assert_as_slow(end, start=()):
    sequence = end.sequence
    prompt = sequence.request.prompt
    read = (*prompt, *start) if sequence.request.path == "diffusion" else prompt
    assert end.error is None
    middles = [middle(sequence), *sequence.request.drafts]
    assert [score.tokens for score in sequence.scores] == [len(each) + 1 for each in middles]
    for score, each in zip(sequence.scores, middles, strict=True):
        expected = reference.log_prob(wordy_model(), read, each, EOM)
        assert score.log_prob == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("asked", [typed, written])
@pytest.mark.parametrize("start", [(), (40,), text_ids(5, 9)], ids=len)
@pytest.mark.parametrize("length", [1, 2, WINDOW - 1, WINDOW, WINDOW + 1, 90])
def test_scores_equal_the_stock_encoder(asked, length, start):
    """Guards positions, a branch that sees another, windows, the prompt's last token, the end."""
    [end] = run(engine(), asked(length, start, seed=length))
    assert_as_slow(end, start)


def test_a_start_longer_than_the_window():
    start = text_ids(WINDOW + 3, 9)
    for end in run(engine(), typed(20, start), written(20, start)):
        assert_as_slow(end, start)


def test_a_prompt_from_the_cache_is_scored_alike():
    """Guards the prompt's last token, of which the cache holds the KV but not what follows."""
    busy = engine()
    run(busy, request(text_ids(60), steps=1))
    for wanted in (typed(text_ids(60)), typed((*text_ids(60), 33)), typed(text_ids(30))):
        [end] = run(busy, wanted)
        assert end.sequence.prefilled <= 1
        assert_as_slow(end)


@pytest.mark.parametrize("asked", [typed, written])
def test_drafts_do_not_change_what_is_filled(asked):
    """Guards the canvas, to the last bit: it is done before any draft is looked at."""
    for seed in range(4):
        [plain] = run(engine(), asked(30 + seed, seed=seed, drafts=()))
        [drafted] = run(engine(), asked(30 + seed, seed=seed))
        assert plain.result == drafted.result
        assert plain.sequence.scores == ()
        assert plain.sequence.kv is None
        assert len(drafted.sequence.scores) == 1 + len(DRAFTS)


def test_without_drafts_the_encoder_is_not_asked_again(monkeypatch):
    runner = Runner(wordy_model())
    monkeypatch.setattr(runner, "branch", None)
    ends = run(Engine(runner, UNIFORM), typed(9, drafts=()), written(9, drafts=()))
    assert all(end.error is None for end in ends)


@pytest.mark.parametrize("asked", [typed, written])
def test_a_draft_that_is_likely_enough_ends_it_before_a_step(asked, monkeypatch):
    """Guards a canvas that is denoised for nothing, and one that is not though it might win."""
    [plain] = run(engine(), wanted := asked(20))
    best = max(score.log_prob for score in plain.sequence.scores[1:])
    for least, first in ((best - 0.01, True), (best + 0.01, True), (0.0, False)):
        runner, passes = Runner(wordy_model()), []
        branch = runner.branch
        monkeypatch.setattr(runner, "branch", lambda *a, b=branch, p=passes: p.append(1) or b(*a))
        [end] = run(Engine(runner, UNIFORM), enough(wanted, least))
        found = end.sequence
        if least < best:
            assert (end.outcome, found.step, found.scores) == (Outcome.SETTLED, 0, ())
        else:
            assert end.result[:3] == plain.result[:3]
            assert log_probs(found.scores) == pytest.approx(log_probs(plain.sequence.scores))
        drafted = log_probs(plain.sequence.scores[1:]) if first else []
        assert log_probs(found.draft_scores) == pytest.approx(drafted)
        assert len(passes) == 1 + (least > best and first)


def test_without_memory_to_score_drafts_first_the_canvas_is_filled(monkeypatch):
    """Guards a request that fails for what was to save it time."""
    runner = Runner(wordy_model())

    def full(*_):
        raise torch.OutOfMemoryError

    monkeypatch.setattr(runner, "branch", full)
    wanted = typed(20)
    [end] = run(Engine(runner, UNIFORM), enough(wanted, -1e9))
    [plain] = run(engine(), wanted)
    assert end.error is None
    assert end.sequence.filled() == plain.sequence.filled()
    assert (end.sequence.scores, end.sequence.draft_scores) == ((), ())


def test_scores_do_not_depend_on_what_shares_the_engine():
    """Guards the invariant, to the last bit; no two prompts begin alike, or one would find the
    other's beginning in the cache.
    """
    wanted = [
        asked((20 + 2 * n + which, *text_ids(5 + 9 * n, n)), drafts=DRAFTS[: 1 + n % 5])
        for n in range(5)
        for which, asked in enumerate((typed, written))
    ]
    together = run(engine(), *wanted)
    alone = [run(engine(), one)[0] for one in wanted]
    assert [end.sequence.scores for end in together] == [end.sequence.scores for end in alone]


@pytest.mark.parametrize("asked", [typed, written])
def test_a_cancelled_request_is_not_scored(asked, monkeypatch):
    """Guards a pass for nobody: it was cancelled while its last step ran, or before."""
    runner, ended = Runner(wordy_model()), []
    monkeypatch.setattr(runner, "branch", None)
    for after in (1, None):
        busy = Engine(runner, UNIFORM, Scheduler())

        def stepped(sequence, after=after):
            last = after is None and (sequence.step == 3 or sequence.accepted[-1])
            sequence.cancelled |= last or sequence.step == after

        submit(busy, asked(20), ended, stepped)
        while not busy.idle:
            busy.step()
    assert [end.outcome for end in ended] == [Outcome.CANCELLED] * 2
    assert all(end.sequence.scores == () for end in ended)


def test_a_draft_that_cannot_be_scored_fails_alone():
    """Guards an engine that one request can stop."""
    broken, fine = run(engine(), typed(20, drafts=((VOCAB + 3,),)), written(30))
    assert isinstance(broken.error, IndexError)
    assert broken.outcome is Outcome.FAILED
    assert_as_slow(fine)


def test_an_encoder_that_says_nan_of_drafts_fails_that_request_alone(monkeypatch):
    """Guards an order of texts by scores that are no numbers."""
    runner = Runner(wordy_model())
    branch = runner.branch

    def trouble(stem, branches, known):
        logits = branch(stem, branches, known)
        if len(known) == 19:
            logits[1][0] = torch.nan
        return logits

    monkeypatch.setattr(runner, "branch", trouble)
    broken, fine = run(Engine(runner, UNIFORM), typed(20), typed(40))
    assert isinstance(broken.error, NoNumbers)
    assert_as_slow(fine)


def test_a_device_that_is_gone_ends_the_engine(monkeypatch):
    """Guards an engine that fails each request for ever, and calls itself healthy."""

    def lost(*_):
        raise torch.AcceleratorError("an illegal memory access was encountered")

    runner, ended = Runner(tiny_model()), []
    monkeypatch.setattr(runner, "branch", lost)
    busy = Engine(runner, UNIFORM)
    submit(busy, request(20, drafts=DRAFTS, steps=1), ended)
    with pytest.raises(torch.AcceleratorError):
        busy.step()
    assert ended == []


def test_the_owner_hears_of_the_last_step_before_the_scores():
    """Guards progress that waits for drafts."""
    heard, busy = [], engine()
    events = Events(
        lambda sequence, *_: heard.append(len(sequence.scores)),
        lambda sequence: heard.append(len(sequence.scores)),
    )
    busy.add(busy.sequence(typed(20)), events)
    while not busy.idle:
        busy.step()
    assert heard == [0, 0, 0, 1 + len(DRAFTS)]


def test_the_confidence_is_the_geometric_mean():
    [end] = run(engine(), typed(20))
    for score in end.sequence.scores:
        assert score.confidence == pytest.approx(math.exp(score.log_prob) ** (1 / score.tokens))
        assert 0 < score.confidence <= 1
    assert end.sequence.timings.score_ms > 0


def test_who_sees_whom():
    """Guards a tree of which one branch leans on another."""
    row = BranchedRow.of([1, 2], [[3, 4], [], [5]], 3)
    assert row.tokens == [1, 2, 3, 4, 5]
    assert row.positions.tolist() == [3, 4, 5, 6, 5]
    assert [path.tolist() for path in row.paths] == [[1, 2, 3], [1], [1, 4]]
    drawn = ["".join(".#"[x] for x in line) for line in row.mask(None)[0, 0].tolist()]
    assert drawn == ["####....", "#####...", "######..", "#######.", "#####..#"]
    drawn = ["".join(".#"[x] for x in line) for line in row.mask(3)[0, 0].tolist()]
    assert drawn == ["###....", ".###...", "..###..", "...###.", "..##..#"]
