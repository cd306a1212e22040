"""Random histories: arrivals of all kinds, ends and cancellations, beside the slow scheduler."""

import random

import pytest
from slow_scheduler import SlowScheduler

from diffgem_engine.core.canvas import Canvas
from diffgem_engine.core.request import InfillIds
from diffgem_engine.core.scheduler import OVERTAKEN, PAUSE, Scheduler
from diffgem_engine.core.sequence import Sequence

BUDGET = 12
STEPS = 80


class History:
    """Two schedulers that hear the same."""

    def __init__(self, seed):
        self.draw = random.Random(seed)
        places = self.draw.randint(1, 5)
        self.scheduler = Scheduler(max_live=places, budget=BUDGET)
        self.slow = SlowScheduler(places, BUDGET, OVERTAKEN, PAUSE)
        self.names = {}
        self.taken = {}
        self.crowd = self.draw.choice([0.2, 0.5, 0.95])

    def arrive(self):
        canvas = Canvas((0,), (False,), (range(1),))
        priority = "interactive" if self.draw.random() < self.crowd else "background"
        request = InfillIds((1,), canvas, None, 0, priority=priority)
        nbytes = self.draw.randint(0, BUDGET)
        sequence = Sequence(request, generator=None, nbytes=nbytes, ready=True)
        self.names[sequence] = len(self.names)
        self.taken[sequence] = 0
        self.scheduler.add(sequence)
        self.slow.arrived.append((self.names[sequence], priority, nbytes))

    def leave(self, sequence):
        self.slow.gone.add(self.names[sequence])
        del self.taken[sequence]

    def cancel(self):
        if self.taken:
            self.draw.choice([*self.taken]).cancelled = True
        for sequence in self.scheduler.drop_cancelled():
            self.leave(sequence)

    def step(self):
        """Both take one, and some of those whose turn it was are done."""
        self.scheduler.begin_step()
        turns = [sequence for batch in self.scheduler.batches() for sequence in batch]
        assert {self.names[s] for s in turns} == {name for name, _, _ in self.slow.turns()}
        assert len(set(turns)) == len(turns)
        for sequence in turns:
            self.taken[sequence] += 1
            if self.taken[sequence] >= 3 or self.draw.random() < 0.2:
                self.scheduler.remove(sequence)
                self.leave(sequence)


@pytest.mark.parametrize("seed", range(16))
def test_it_does_what_the_slow_one_does(seed):
    """Guards counters that go astray: of who was overtaken, of how long somebody paused."""
    history = History(seed)
    for _ in range(STEPS):
        for _ in range(history.draw.choice([0, 0, 1, 1, 3])):
            history.arrive()
        if history.draw.random() < 0.1:
            history.cancel()
        history.step()
    for _ in range(len(history.taken) * 3 * PAUSE):  # nobody starves
        history.step()
    assert not history.taken
    assert history.scheduler.idle
