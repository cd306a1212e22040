"""step(): cancellation, failures that strike one sequence, and what owners hear."""

import pytest
import torch
from tiny import (
    UNIFORM,
    VOCAB,
    Ended,
    request,
    run,
    submit,
    text_ids,
    tiny_engine,
    tiny_model,
)

from diffgem_engine import sampler
from diffgem_engine.canvas import Canvas
from diffgem_engine.engine import Engine, Events
from diffgem_engine.failures import NoNumbers, OutOfMemory
from diffgem_engine.runner import Runner
from diffgem_engine.scheduler import Scheduler
from diffgem_engine.sequence import Outcome

ENDLESS = {"steps": 100, "confidence": 0.0}  # never settles


def test_cancelling_takes_effect_at_the_next_step():
    """Guards a cancelled sequence that goes on denoising, or that holds its place."""
    engine, ended = tiny_engine(), []
    cancelled, other = (submit(engine, request(20, seed=s, **ENDLESS), ended) for s in (1, 2))
    engine.step()
    engine.step()
    cancelled.cancelled = True
    engine.step()
    assert ended == [Ended(cancelled, Outcome.CANCELLED, None)]
    assert (cancelled.step, other.step) == (2, 3)


def test_cancelling_before_the_first_step_costs_no_prefill():
    """Guards work for a request that nobody waits for any more."""
    engine, ended = tiny_engine(scheduler=Scheduler(max_live=1)), []
    live, waiting = (submit(engine, request(20, seed=s, **ENDLESS), ended) for s in (1, 2))
    engine.step()
    waiting.cancelled = True
    engine.step()
    assert ended == [Ended(waiting, Outcome.CANCELLED, None)]
    assert waiting.denoising is None
    assert len(engine.cache) == 1
    live.cancelled = True
    engine.step()
    assert engine.idle


def test_cancelling_while_others_are_prefilled_costs_no_prefill(monkeypatch):
    """Guards the same within a step: a client's Cancel comes from another thread."""
    runner, ended = Runner(tiny_model()), []
    engine = Engine(runner, UNIFORM)
    prefill = runner.prefill

    def slowly(*arguments):
        cancelled.cancelled = True
        return prefill(*arguments)

    monkeypatch.setattr(runner, "prefill", slowly)
    first, cancelled = (submit(engine, request(20, seed=s, **ENDLESS), ended) for s in (1, 2))
    engine.step()
    assert ended == [Ended(cancelled, Outcome.CANCELLED, None)]
    assert (first.step, len(engine.cache)) == (1, 1)


def test_who_is_live_steps_between_prefills():
    """Guards a live canvas that stands still while a queue of newcomers is prefilled."""
    engine, ended = tiny_engine(), []
    live = submit(engine, request(20, **ENDLESS), ended)
    engine.step()
    # Of 1,024 tokens a step: two whole prompts; two; the last, beside the rest of nobody.
    queue = [submit(engine, request(500, seed=s, **ENDLESS), ended) for s in range(1, 6)]
    for _ in range(3):
        engine.step()
    assert live.step == 4
    assert [sequence.step for sequence in queue] == [3, 3, 2, 2, 1]


def test_a_bad_prompt_fails_alone():
    """Guards an engine that one request can stop."""
    fine = request(20, seed=1)
    bad = request((*text_ids(5), VOCAB + 3))
    after, broken, before = run(tiny_engine(), fine, bad, fine)
    assert broken.outcome is Outcome.FAILED
    assert isinstance(broken.error, IndexError)
    assert after.result == before.result
    assert after.error is None


def test_a_bad_pinned_id_fails_alone():
    """Guards the same for ids that the decoder would meet."""
    bad = Canvas((VOCAB + 1, 0), (True, False), (range(1, 2),))
    broken, fine = run(tiny_engine(), request(5, bad), request(5))
    assert broken.outcome is Outcome.FAILED
    assert fine.error is None


def poison(sequence):
    sequence.live.signal = torch.full_like(sequence.live.signal, float("nan"))


def test_a_row_that_fails_inside_a_batch_fails_alone():
    """Guards a batch whose rows share one failure, some of them settled already."""
    for victim in range(3):
        engine, ended = tiny_engine(), []
        wanted = [request(20, seed=s, steps=4) for s in range(3)]
        order = [submit(engine, one, ended) for one in wanted]
        engine.step()
        poison(order[victim])
        while not engine.idle:
            engine.step()
        for index, sequence in enumerate(order):
            [end] = [end for end in ended if end.sequence is sequence]
            if index == victim:
                assert end.outcome is Outcome.FAILED
            else:
                assert end.result == run(tiny_engine(), wanted[index])[0].result


def test_a_batch_that_fails_as_a_whole_is_tried_row_by_row(monkeypatch):
    """Guards requests that fail for what shares their batch: memory that does not suffice, say."""
    runner = Runner(tiny_model())
    denoise = runner.denoise
    sizes = []

    def short_of_memory(sequences):
        sizes.append(len(sequences))
        if len(sequences) > 1:
            raise MemoryError
        return denoise(sequences)

    monkeypatch.setattr(runner, "denoise", short_of_memory)
    wanted = [request(20, seed=s, steps=2) for s in range(3)]
    together = run(Engine(runner, UNIFORM), *wanted)
    assert sizes == [3, 1, 1, 1] * 2
    assert [end.result for end in together] == [run(tiny_engine(), w)[0].result for w in wanted]


def test_a_model_that_says_nan_says_so():
    """Guards a draw from no distribution, which on a GPU ends the device for all."""
    for order in ("entropy", "left"):
        engine, ended = tiny_engine(), []
        sequence = submit(engine, request(20, steps=4, order=order), ended)
        engine.step()
        poison(sequence)
        engine.step()
        [end] = ended
        assert end.outcome is Outcome.FAILED
        assert isinstance(end.error, NoNumbers)


class Cramped:
    """An engine whose device has room for so many rows at once."""

    def __init__(self, monkeypatch, rows):
        self.runner, self.rows, self.sizes = Runner(tiny_model()), rows, []
        self.engine, denoise = Engine(self.runner, UNIFORM), self.runner.denoise

        def short(sequences):
            self.sizes.append(len(sequences))
            if not self.fits(len(sequences)):
                raise torch.OutOfMemoryError
            return denoise(sequences)

        monkeypatch.setattr(self.runner, "denoise", short)

    def fits(self, rows):
        return rows <= self.rows


def test_a_batch_that_has_no_memory_is_split(monkeypatch):
    """Guards requests that fail for what shares their batch."""
    cramped = Cramped(monkeypatch, rows=2)
    prompts = [(20 + s, *text_ids(19, s)) for s in range(5)]  # no common beginning
    wanted = [request(ids, seed=s, steps=2) for s, ids in enumerate(prompts)]
    together = run(cramped.engine, *wanted)
    assert cramped.sizes == [5, 5, 2, 3, 1, 2, 5, 2, 3, 1, 2]
    assert [end.result for end in together] == [run(tiny_engine(), w)[0].result for w in wanted]


def test_a_row_that_is_taken_in_without_memory_says_so(monkeypatch):
    """Guards "see the engine's log" where it is the device that is full."""
    runner, ended, full = Runner(tiny_model()), [], []
    engine, draw = Engine(runner, UNIFORM), sampler.draw

    def short(*given):
        if not full:
            full.append(True)
            raise torch.OutOfMemoryError
        return draw(*given)

    monkeypatch.setattr(sampler, "draw", short)
    first, second = (submit(engine, request(20, seed=s, steps=2), ended) for s in (1, 2))
    while not engine.idle:
        engine.step()
    assert [end.sequence for end in ended] == [first, second]
    assert isinstance(ended[0].error, OutOfMemory)
    assert ended[1].error is None


def test_where_nothing_fits_the_youngest_is_refused(monkeypatch):
    """Guards an engine that a full device stops, and old requests that a new one ends."""
    cramped, ended = Cramped(monkeypatch, rows=9), []
    old, young = (submit(cramped.engine, request(20, seed=s, steps=3), ended) for s in (1, 2))
    cramped.engine.step()
    # Both; both without the cached prompts; the first alone; the first without the second.
    room = iter([False] * 3 + [True] * 9)
    monkeypatch.setattr(cramped, "fits", lambda _: next(room))
    while not cramped.engine.idle:
        cramped.engine.step()
    first, second = ended
    assert (first.sequence, first.outcome) == (young, Outcome.FAILED)
    assert isinstance(first.error, OutOfMemory)
    assert second.result == run(tiny_engine(), old.request)[0].result


@pytest.mark.parametrize(("tries", "fails"), [(1, False), (2, True)])
def test_a_prompt_that_has_no_memory_is_tried_again_without_the_cached_ones(
    monkeypatch, tries, fails
):
    """Guards a cache that costs a request."""
    runner, ended = Runner(tiny_model()), []
    engine, prefill, left = Engine(runner, UNIFORM), runner.prefill, []
    run(engine, request(30, seed=5, steps=1))

    def short(*given):
        if left:
            raise left.pop()
        return prefill(*given)

    left += [torch.OutOfMemoryError()] * tries
    monkeypatch.setattr(runner, "prefill", short)
    submit(engine, request(20, steps=2), ended)
    while not engine.idle:
        engine.step()
    assert isinstance(ended[0].error, OutOfMemory) == fails
    assert len(engine.cache) == (0 if fails else 1)


@pytest.mark.parametrize("call", ["prefill", "denoise"])
def test_a_device_that_is_gone_ends_the_engine(monkeypatch, call):
    """Guards an engine that fails each request for ever, and calls itself healthy."""

    def lost(*_):
        raise torch.AcceleratorError("an illegal memory access was encountered")

    runner, ended = Runner(tiny_model()), []
    engine = Engine(runner, UNIFORM)
    submit(engine, request(20, steps=2), ended)
    monkeypatch.setattr(runner, call, lost)
    with pytest.raises(torch.AcceleratorError):
        engine.step()
    assert ended == []


@pytest.mark.parametrize("event", ["stepped", "finished"])
def test_an_owner_that_raises_hurts_nobody_else(event):
    """Guards a loop thread that dies of a callback."""
    engine, ended = tiny_engine(), []

    def trouble(*_):
        raise ValueError("an owner's mistake")

    events = {"finished": lambda *end: ended.append(Ended(*end)), event: trouble}
    engine.add(engine.sequence(request(20, steps=2)), Events(**events))
    other = submit(engine, request(20, seed=3, steps=2), ended)
    while not engine.idle:
        engine.step()
    assert [end.sequence for end in ended][-1] is other
    outcomes = [end.outcome for end in ended]
    assert outcomes == ([Outcome.FAILED] if event == "stepped" else []) + [Outcome.OUT_OF_STEPS]


def test_the_owner_hears_of_every_step_and_then_of_the_end():
    """Guards a last step that nobody shows."""
    engine, heard = tiny_engine(), []
    events = Events(
        lambda sequence, outcome, _: heard.append((sequence.step, outcome)),
        lambda sequence: heard.append(sequence.step),
    )
    engine.add(engine.sequence(request(20, steps=3)), events)
    while not engine.idle:
        engine.step()
    assert heard == [1, 2, 3, (3, Outcome.OUT_OF_STEPS)]


def test_closing_ends_what_waits_and_what_is_live():
    """Guards owners that wait for ever."""
    engine, ended = tiny_engine(scheduler=Scheduler(max_live=1)), []
    for seed in range(2):
        submit(engine, request(20, seed=seed, **ENDLESS), ended)
    engine.step()
    engine.fail_all(reason := RuntimeError("closed"))
    assert [(end.outcome, end.error) for end in ended] == [(Outcome.FAILED, reason)] * 2
    assert engine.idle


def test_temperature_zero_fills_in_the_argmax():
    """Guards a division by zero; the limit is one-hot, so one step accepts everything."""
    [ended] = run(tiny_engine(), request(20, steps=1, temperature_start=0.0, temperature_end=0.0))
    sequence = ended.sequence
    assert ended.error is None
    assert sequence.accepted == (True,) * 16
    assert tuple(sequence.live.tokens.tolist()) == sequence.argmax


def test_steps_keep_no_autograd_graph():
    """Guards memory that grows with every step."""
    engine, ended = tiny_engine(), []
    sequence = submit(engine, request(20, steps=3), ended)
    engine.step()
    assert sequence.live.signal.grad_fn is None
    assert not sequence.live.signal.requires_grad
