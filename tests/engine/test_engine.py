"""step(): cancellation, who is live, and what owners hear."""

from tiny import (
    UNIFORM,
    Ended,
    request,
    run,
    submit,
    tiny_engine,
    tiny_model,
)

from diffgem_engine.core.engine import Engine, Events
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.scheduler import Scheduler
from diffgem_engine.core.sequence import Outcome

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
