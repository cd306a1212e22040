"""Whoever comes and goes: every request has exactly one answer, that of the request alone."""

import random
from functools import cache

import pytest
from attrs import define, evolve, field
from test_continuing import long_request
from test_deadlines import Clock
from tiny import continuation, pinned_canvas, request, text_ids, tiny_engine, tiny_runner, to_review

from diffgem_engine.core.engine import Events
from diffgem_engine.core.footprint import Footprint
from diffgem_engine.core.scheduler import PAUSE, Scheduler
from diffgem_engine.core.sequence import Outcome


def first(number):
    """No two prompts begin alike: a shared beginning is read once, in other pieces."""
    return (20 + number, *text_ids(30 * number, number))


KINDS = [
    request(first(0), steps=4),
    request(first(1), pinned_canvas(), steps=5, order="left"),
    request(first(2), seed=2, steps=9, confidence=0.5),
    long_request(prompt=first(3), slots=40),
    continuation(first(4), slots=9),
    to_review(first(5), 20),
    request((31, *text_ids(1300)), steps=3),
]


def shown(sequence):
    """Tokens alone: what the cache holds of a prompt may show in the last digits of a number."""
    better = tuple(opinion.better for opinion in sequence.opinions)
    return sequence.committed.ids, sequence.argmax, better


@cache
def steps_of(kind):
    """All that is told of it where it is alone: what is there after each of its steps."""
    engine, seen = tiny_engine(), []
    events = Events(lambda *_: None, lambda sequence: seen.append(shown(sequence)))
    engine.add(engine.sequence(KINDS[kind]), events)
    while not engine.idle:
        engine.step()
    return seen


@define(eq=False)
class Asked:
    """A request on its way, and all that its owner hears."""

    kind: int
    ends: list = field(factory=list)
    seen: list = field(factory=list)
    cancelled: bool = False

    def events(self, clock):
        def stepped(sequence):
            clock.stepped(sequence)
            self.seen.append(shown(sequence))

        return Events(lambda *end: self.ends.append(end), stepped)

    def check(self):
        [(sequence, outcome, error)] = self.ends
        assert error is None, error
        assert self.seen == steps_of(self.kind)[: len(self.seen)]
        assert (outcome is Outcome.CANCELLED) <= self.cancelled
        if outcome is Outcome.OUT_OF_TIME:
            assert sequence.request.deadline_ms is not None
            assert self.seen
        elif outcome is not Outcome.CANCELLED:
            assert len(self.seen) == len(steps_of(self.kind))


@pytest.mark.parametrize("seed", range(4))
def test_every_request_has_one_answer_and_it_is_its_own(seed):
    """Guards everything at once: batches, pauses, memory, pieces, canvases that follow, ends."""
    draw, clock, asked = random.Random(seed), Clock(), []
    most = max(map(Footprint.of(tiny_runner()), KINDS))
    scheduler = Scheduler(max_live=3, max_batch=2, budget=2 * most)
    engine, waiting = tiny_engine(scheduler=scheduler, clock=clock), {}
    for _ in range(60):
        for _ in range(draw.choice([0, 0, 1, 2])):
            one = Asked(draw.randrange(len(KINDS)))
            wanted = evolve(
                KINDS[one.kind],
                priority=draw.choice(["interactive", "background"]),
                deadline_ms=draw.choice([None, None, draw.uniform(0, 40)]),
            )
            waiting[one] = engine.sequence(wanted)
            engine.add(waiting[one], one.events(clock))
            asked.append(one)
        if asked and draw.random() < 0.2:
            given_up = draw.choice(asked)
            given_up.cancelled = waiting[given_up].cancelled = True
        engine.step()
    for _ in range(len(asked) * 10 * PAUSE):  # nobody starves
        engine.step()
    assert engine.idle
    for one in asked:
        one.check()
    outcomes = {outcome for one in asked for _, outcome, _ in one.ends}
    assert Outcome.OUT_OF_TIME in outcomes
    assert Outcome.CANCELLED in outcomes
