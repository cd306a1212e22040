"""A deadline is answered with what there is, after a step at least; the clock is the test's."""

import pytest
from attrs import evolve
from test_continuing import never_ends, whole
from tiny import (
    Ended,
    continuation,
    open_canvas,
    request,
    run,
    submit,
    text_ids,
    tiny_engine,
)

from diffgem_engine.core.engine import Events
from diffgem_engine.core.sequence import Outcome

ENDLESS = {"steps": 100, "confidence": 0.0}


class Clock:
    """Seconds; a millisecond passes whenever a step is told."""

    def __init__(self):
        self.now = 7.0

    def __call__(self):
        return self.now

    def stepped(self, _):
        self.now += 0.001


def hurried(wanted, deadline_ms, beside=()):
    """How `wanted` ends, and the canvas after each of its steps."""
    clock, ended, seen = Clock(), [], []
    engine = tiny_engine(clock=clock)

    def stepped(sequence):
        clock.stepped(sequence)
        seen.append(sequence.filled())

    submit(engine, evolve(wanted, deadline_ms=deadline_ms), ended, stepped)
    for other in beside:
        submit(engine, other, [])
    while not ended:
        engine.step()
    return ended[0], seen


@pytest.mark.parametrize(("deadline_ms", "steps"), [(0.0, 1), (0.5, 2), (3.5, 5)])
def test_the_answer_is_the_canvas_as_it_is_then(deadline_ms, steps):
    """Guards a step too many, an answer without any, and another canvas than the last seen."""
    wanted = request(20, **ENDLESS)
    end, seen = hurried(wanted, deadline_ms)
    assert (end.outcome, end.sequence.step) == (Outcome.OUT_OF_TIME, steps)
    assert end.sequence.filled() == seen[-1]
    _, calm = hurried(wanted, None)
    assert seen == calm[:steps]
    assert 0 < end.sequence.confidence <= 1


def test_who_is_done_in_time_is_told_so():
    """Guards an outcome that says late of what was not."""
    for asked, outcome in (
        (request(20, steps=3, confidence=0.0), Outcome.OUT_OF_STEPS),
        (request(20, steps=30, order="left", entropy_bound=1e9), Outcome.SETTLED),
    ):
        end, _ = hurried(asked, 1e6)
        assert end.outcome is outcome
        late, _ = hurried(evolve(asked, params=evolve(asked.params, steps=1)), 0.0)
        assert late.outcome in (Outcome.OUT_OF_STEPS, Outcome.SETTLED)


def test_what_is_written_by_then_is_the_answer():
    """Guards the autoregressive path: padding behind what is written, and no token lost."""
    wanted = continuation(20, slots=12)
    end, seen = hurried(wanted, 2.5)
    _, calm = hurried(wanted, None)
    assert end.outcome is Outcome.OUT_OF_TIME
    assert seen == calm[:4]
    assert end.sequence.accepted == (True,) * 4 + (False,) * 8


def test_a_hole_of_several_canvases_ends_where_it_is():
    wanted = never_ends()
    end, _ = hurried(wanted, 5.5)
    [calm] = run(tiny_engine(), wanted)
    assert end.outcome is Outcome.OUT_OF_TIME
    assert end.sequence.steps == 7
    assert end.sequence.committed.ids == calm.sequence.committed.ids[:16]
    assert len(whole(end.sequence)) == 32


def test_a_canvas_that_is_done_too_late_is_the_last():
    """Guards a canvas more for whoever has waited long enough."""
    end, _ = hurried(never_ends(), 2.5)
    assert (end.outcome, end.sequence.steps) == (Outcome.OUT_OF_TIME, 4)
    assert end.sequence.committed.ids == ()


def test_drafts_are_compared_all_the_same():
    """Guards an unfinished canvas that no draft can beat."""
    end, _ = hurried(request(20, open_canvas(8), drafts=(text_ids(3),), **ENDLESS), 1.5)
    assert end.outcome is Outcome.OUT_OF_TIME
    assert len(end.sequence.scores) == 2


def test_the_time_in_the_queue_counts():
    """Guards a deadline that begins with the prefill."""
    clock, ended = Clock(), []
    engine = tiny_engine(clock=clock)
    sequence = engine.sequence(evolve(request(20, **ENDLESS), deadline_ms=10.0))
    earlier = engine.sequence(evolve(request(20, **ENDLESS), deadline_ms=10.0), arrived=6.995)
    for one in (sequence, earlier):
        engine.add(one, Events(lambda *end: ended.append(Ended(*end))))
    clock.now += 0.006
    engine.step()
    assert [end.sequence for end in ended] == [earlier]


def test_another_ones_deadline_changes_nothing():
    """Guards a batch that ends together."""
    wanted = request(20, seed=3, steps=6)
    rushed = evolve(request(20, seed=4, **ENDLESS), deadline_ms=0.0)
    end, _ = hurried(wanted, None, beside=[rushed])
    assert end.result == run(tiny_engine(), wanted)[0].result
