"""Who goes next: beside a slow reference, and by the bound that the algorithm promises."""

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffgem_engine.serving.fair_queue import FairQueue

USERS = "abcd"


class SlowQueue:
    """Start-time fair queueing as its paper has it, item by item: every start from scratch."""

    def __init__(self):
        self.waiting = []  # (name, user, weight, cost), in the order of arrival
        self.ended = {}  # user -> where the last one that went ended
        self.began = {}  # user -> the virtual time at which the user began to wait
        self.now = Fraction(0)

    def push(self, name, user, weight, cost):
        if not any(user == other for _, other, _, _ in self.waiting):
            self.began[user] = self.now
        self.waiting.append((name, user, weight, cost))

    def start(self, user):
        return max(self.began[user], self.ended.get(user, Fraction(0)))

    def take(self, may=lambda name: True):
        firsts = {}
        for item in self.waiting:
            firsts.setdefault(item[1], item)
        allowed = [item for item in firsts.values() if may(item[0])]
        if not allowed:
            return None
        best = min(allowed, key=lambda item: (self.start(item[1]), self.waiting.index(item)))
        name, user, weight, cost = best
        start = self.start(user)
        self.now = max(self.now, start)
        self.ended[user] = start + Fraction(cost) / Fraction(weight)
        self.waiting.remove(best)
        self.rest()
        return name

    def drop(self, name):
        self.waiting = [item for item in self.waiting if item[0] != name]
        self.rest()

    def rest(self):
        """Once nobody waits, what was is forgotten."""
        if not self.waiting:
            self.now = max([self.now, *self.ended.values()])


@pytest.mark.parametrize("seed", range(200))
def test_histories_beside_the_slow_queue(seed):
    """Somebody else went next, after one had left, was passed over, or came back."""
    draw = random.Random(seed)
    weights = {user: draw.choice([0.5, 1, 2, 4]) for user in USERS}
    queue, slow = FairQueue(), SlowQueue()
    for name in range(150):
        match draw.choice(["push", "push", "take", "take", "choosy", "drop"]):
            case "push":
                user, cost = draw.choice(USERS), draw.choice([0.25, 1, 3])
                queue.push(name, user, weights[user], cost)
                slow.push(name, user, weights[user], cost)
            case "take":
                assert queue.take() == slow.take()
            case "choosy":
                allowed = set(draw.sample(range(150), 75))
                assert queue.take(allowed.__contains__) == slow.take(allowed.__contains__)
            case "drop" if slow.waiting:
                gone = draw.choice(slow.waiting)[0]
                queue.drop(gone)
                slow.drop(gone)
        assert len(queue) == len(slow.waiting)
        order = queue.order()
        assert order[:1] == [peek(slow)][: len(order)]
    assert queue.order() == [slow.take() for _ in range(len(slow.waiting))]


def peek(slow):
    before = (list(slow.waiting), dict(slow.ended), slow.now)
    name = slow.take()
    slow.waiting, slow.ended, slow.now = before
    return name


ITEMS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from([0.5, 1.0, 2.0, 8.0])), min_size=4, max_size=80
)


@given(ITEMS, st.sampled_from([0.25, 1.0, 3.0]), st.sampled_from([0.5, 1.0, 4.0]))
def test_nobody_gets_ahead_by_more_than_two_items(items, weight_a, weight_b):
    """The paper's theorem, at every moment at which both still wait."""
    queue, weights, costs = FairQueue(), {"a": weight_a, "b": weight_b}, {}
    for number, (user, cost) in enumerate(items):
        queue.push((number, user), user, weights[user], cost)
        costs[number, user] = cost
    bound = sum(
        max((c for (_, u), c in costs.items() if u == user), default=0) / weights[user]
        for user in "ab"
    )
    served = {"a": 0.0, "b": 0.0}
    while {user for _, user in queue.order()} == {"a", "b"}:
        item = queue.take()
        served[item[1]] += costs[item] / weights[item[1]]
        assert abs(served["a"] - served["b"]) <= bound


def test_shares_are_by_weight():
    """A user of weight three got as much as one of weight one."""
    queue = FairQueue()
    for number in range(100):
        queue.push(("light", number), "light", 1.0)
        queue.push(("heavy", number), "heavy", 3.0)
    first = [queue.take()[0] for _ in range(80)]
    assert first.count("heavy") == 60


def test_who_waits_little_goes_before_a_flood():
    """The hundredth request of one user went before the first of another."""
    queue = FairQueue()
    for number in range(100):
        queue.push(("flood", number), "flood")
    for _ in range(10):
        queue.take()
    queue.push("typist", "typist")
    assert "typist" in (queue.take(), queue.take())


def test_idle_time_is_not_saved_up():
    """Who had asked nothing for an hour kept everybody waiting for another one."""
    queue = FairQueue()
    for number in range(100):
        queue.push(("busy", number), "busy")
    for _ in range(50):
        queue.take()
    for number in range(50):
        queue.push(("rested", number), "rested")
    assert [queue.take()[0] for _ in range(20)].count("rested") <= 11


def test_what_left_cost_nothing():
    """A typist who gave up nine requests of ten was served as one who had them all."""
    queue = FairQueue()
    for number in range(10):
        queue.push(("typist", number), "typist")
        queue.push(("other", number), "other")
    for number in range(9):
        queue.drop(("typist", number))
    assert ("typist", 9) in (queue.take(), queue.take())


def test_nothing_is_kept_of_who_is_gone():
    """A server of a year held every name that ever asked."""
    queue = FairQueue()
    for number in range(1000):
        queue.push(number, f"user {number}")
        assert queue.take() == number
    assert len(queue._flows) <= 2
