"""The autoregressive path: the encoder writes a hole token by token, beside the diffusion path."""

import math
from functools import cache

import pytest
import reference
import torch
from tiny import (
    UNIFORM,
    VOCAB,
    WINDOW,
    Ended,
    continuation,
    pinned_canvas,
    request,
    run,
    submit,
    text_ids,
    wordy_model,
)

from diffgem_engine.core import sampler
from diffgem_engine.core.engine import Engine, Events
from diffgem_engine.core.failures import NoNumbers
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.scheduler import Scheduler
from diffgem_engine.core.sequence import Outcome

IDS = UNIFORM.ids
BARRED, ENDS = {IDS.pad, IDS.bos, IDS.hole, IDS.suffix, IDS.prefix}, {IDS.eom, IDS.eos}
LONG, SHORT = continuation(90, 30, seed=6), continuation(5, 30, seed=1)  # SHORT ends by itself


@cache
def wordy_runner():
    return Runner(wordy_model())


def engine(**parts):
    return Engine(wordy_runner(), UNIFORM, **parts)


@cache
def slow(wanted):
    slots = len(wanted.canvas.open_slots)
    return reference.write(wordy_model(), wanted.prompt, slots, BARRED, ENDS)


def alone(*wanted):
    return [run(engine(), one)[0].result for one in wanted]


def assert_as_slow(ended, wanted):
    sequence, expected = ended.sequence, slow(wanted)
    tokens, log_probs = zip(*expected, strict=True)
    left = len(wanted.canvas.open_slots) - len(tokens)
    assert ended.error is None
    assert sequence.argmax == (*tokens, *[IDS.pad] * left)
    assert sequence.step == len(tokens)
    confidence = math.exp(sum(log_probs) / len(log_probs))
    assert sequence.confidence == pytest.approx(confidence, rel=1e-4)
    assert (ended.outcome is Outcome.SETTLED) == (tokens[-1] in ENDS)


@pytest.mark.parametrize("length", [1, 2, WINDOW - 1, WINDOW, WINDOW + 1, 64, 90])
def test_it_equals_the_slow_reference(length):
    """Guards positions, what a sliding layer sees, and the prompt's last token, read twice."""
    wanted = [continuation(length, 30, seed=seed) for seed in range(6)]
    for ended, one in zip(run(engine(), *wanted), wanted, strict=True):
        assert_as_slow(ended, one)


def test_the_end_of_the_middle_ends_it():
    """Guards passes for what follows `<eom>`, and an `<eom>` that is text or does not count."""
    [ended] = run(engine(), SHORT)
    sequence = ended.sequence
    assert ended.outcome is Outcome.SETTLED
    assert sequence.step == 12
    assert sequence.argmax[11:] == (IDS.eom, *[IDS.pad] * 18)
    assert sequence.accepted == (True,) * 30
    assert not ENDS & set(sequence.argmax[:11])


@pytest.mark.parametrize("slots", [1, 2, 7])
def test_it_writes_no_more_than_the_hole_has_slots(slots):
    """Guards a buffer that is too short by one, and a hole that is overfull."""
    [ended] = run(engine(), wanted := continuation(90, slots, seed=6))
    assert_as_slow(ended, wanted)
    assert (ended.outcome, ended.sequence.step) == (Outcome.OUT_OF_STEPS, slots)
    assert slow(wanted) == slow(LONG)[:slots]


@pytest.mark.parametrize("typed", [1, 3, WINDOW + 2])
def test_what_the_hole_starts_with_is_read_and_comes_back(typed):
    """Guards a start that the encoder does not see, or that is written once more."""
    start = text_ids(typed, seed=8)
    [ended] = run(engine(), wanted := continuation(20, typed + 9, start, seed=3))
    assert wanted.prompt == (*text_ids(20, seed=3), *start)
    assert_as_slow(ended, wanted)
    assert tuple(ended.sequence.filled()[:typed]) == start
    assert len(ended.sequence.argmax) == 9


def test_special_ids_are_never_written():
    """Guards a prompt's marks in a middle: they are cut, and what follows them makes no sense."""
    wanted = [continuation(20, 12, seed=seed) for seed in range(12)]
    written = {token for end in run(engine(), *wanted) for token in end.sequence.written.tokens}
    assert not written & BARRED
    free = [reference.write(wordy_model(), one.prompt, 12, (), ENDS) for one in wanted]
    assert {token for pairs in free for token, _ in pairs} & BARRED


def test_barred_ids_have_no_probability():
    """Guards a confidence that counts what may not be written."""
    logits, barred = torch.tensor([9.0, 1.0, 1.0, -torch.inf]), torch.tensor([0])
    token, log_prob = sampler.likeliest(logits, barred)
    assert (token, math.exp(log_prob)) == (1, pytest.approx(0.5))


def mixed():
    """Both paths by turns, of every length.  No two prompts begin alike, or one would find the
    other's beginning in the cache.
    """
    prompts = [(20 + number, *text_ids(5 + 8 * number, number)) for number in range(12)]
    writing = [continuation(ids, 6 + len(ids) // 5, (40, 41)) for ids in prompts[::2]]
    denoising = [request(ids, pinned_canvas(seed=len(ids))) for ids in prompts[1::2]]
    return [one for pair in zip(writing, denoising, strict=True) for one in pair]


def test_both_paths_side_by_side_give_what_each_gives_alone():
    """Guards the invariant that what shares the engine never shows, to the last bit."""
    wanted = mixed()
    assert [end.result for end in run(engine(), *wanted)] == alone(*wanted)


def test_both_paths_may_join_and_leave_between_steps():
    """Guards a batch of two paths, and state that outlives its sequence."""
    wanted, ended, order = mixed(), [], []
    crowded = engine(scheduler=Scheduler(max_live=4, max_batch=3))
    for one in wanted:
        order.append(submit(crowded, one, ended))
        crowded.step()
    while not crowded.idle:
        crowded.step()
    results = {id(end.sequence): end.result for end in ended}
    assert [results[id(sequence)] for sequence in order] == alone(*wanted)


def test_a_step_is_one_token_of_each():
    """Guards canvases that stand still while a hole is written to its end."""
    busy, ended = engine(), []
    writing, denoising = (submit(busy, one, ended) for one in (LONG, request(20, steps=30)))
    for step in range(1, 5):
        busy.step()
        assert (writing.step, denoising.step) == (step, step)


def test_cancelling_takes_effect_at_the_next_token():
    """Guards a hole that is written to its end for nobody."""
    busy, ended = engine(), []
    cancelled, other = (submit(busy, one, ended) for one in (LONG, continuation(40, 9)))
    busy.step()
    busy.step()
    cancelled.cancelled = True
    busy.step()
    assert ended == [Ended(cancelled, Outcome.CANCELLED, None)]
    assert (cancelled.step, other.step) == (2, 3)


def test_the_owner_hears_of_every_token():
    """Guards progress that shows what is not written yet, or hides what is."""
    heard, busy = [], engine()
    events = Events(
        lambda sequence, outcome, _: heard.append((sequence.step, outcome)),
        lambda sequence: heard.append((sequence.argmax, sequence.accepted)),
    )
    busy.add(busy.sequence(wanted := continuation(90, 3, seed=6)), events)
    while not busy.idle:
        busy.step()
    tokens = [token for token, _ in slow(wanted)]
    shown = [(*tokens[:step], *[IDS.pad] * (3 - step)) for step in (1, 2, 3)]
    states = [(True,) * step + (False,) * (3 - step) for step in (1, 2, 3)]
    assert heard == [*zip(shown, states, strict=True), (3, Outcome.OUT_OF_STEPS)]


def test_a_row_that_fails_fails_alone(monkeypatch):
    """Guards a token that is read twice because another row's pass failed."""
    runner = Runner(wordy_model())
    read = runner.read
    first, victim, last = wanted = [continuation(70, 9, seed=seed) for seed in (4, 5, 6)]
    assert len({one.bucket for one in wanted}) == 1

    def trouble(token, kv):
        if kv.length == 71 and token == slow(victim)[1][0]:
            raise MemoryError
        return read(token, kv)

    monkeypatch.setattr(runner, "read", trouble)
    ended = run(Engine(runner, UNIFORM), *wanted)
    assert [end.outcome is Outcome.FAILED for end in ended] == [False, True, False]
    assert [ended[0].result, ended[2].result] == alone(first, last)


def test_a_bad_prompt_fails_alone():
    """Guards an engine that one request can stop."""
    broken, fine = run(engine(), continuation((5, VOCAB + 3)), SHORT)
    assert isinstance(broken.error, IndexError)
    assert_as_slow(fine, SHORT)


@pytest.mark.parametrize("after", [0, 3])
def test_a_model_that_says_nan_fails_that_request_alone(after, monkeypatch):
    """Guards a token that was drawn from nothing, and an engine that goes down with it."""
    runner = Runner(wordy_model())
    read = runner.read
    first, victim = continuation(70, 9, seed=4), continuation(40, 9, seed=5)

    def trouble(token, kv):
        logits = read(token, kv)
        return torch.full_like(logits, torch.nan) if kv.length == 39 + after else logits

    monkeypatch.setattr(runner, "read", trouble)
    fine, broken = run(Engine(runner, UNIFORM), first, victim)
    assert isinstance(broken.error, NoNumbers)
    assert broken.sequence.step == after
    assert [fine.result] == alone(first)


def test_a_device_that_is_gone_ends_the_engine(monkeypatch):
    """Guards an engine that fails each request for ever, and calls itself healthy."""

    def lost(*_):
        raise torch.AcceleratorError("an illegal memory access was encountered")

    runner, ended = Runner(wordy_model()), []
    busy = Engine(runner, UNIFORM)
    submit(busy, LONG, ended)
    monkeypatch.setattr(runner, "read", lost)
    with pytest.raises(torch.AcceleratorError):
        busy.step()
    assert ended == []


def test_both_paths_reuse_one_prefix():
    """Guards a cache for each path, and a hole that is written into the cached prompt."""
    busy, text = engine(), text_ids(60)
    wanted = [
        request(text, steps=4),
        continuation(text, 9),
        continuation((*text, 50), 9),
        continuation(text, 9, (50, 51)),
        continuation(text[:30], 9),
        continuation(text, 9),
        request((*text, 50), steps=4),
    ]
    ended = [run(busy, one)[0] for one in wanted]
    assert [end.sequence.prefilled for end in ended] == [60, 0, 1, 1, 0, 0, 1]
    assert [end.sequence.filled() for end in ended] == [result[2] for result in alone(*wanted)]
