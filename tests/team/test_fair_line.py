"""Interactive before background, and never for good; who holds the places."""

import random

import pytest

from diffgem_engine.serving.line import OVERTAKEN, Line
from diffgem_engine.serving.places import Places


def push(line, *items):
    for item in items:
        line.push(item, item[0], item[1], 1.0, 1.0)


def drawn(seed):
    draw = random.Random(seed)
    priorities = ["interactive"] * draw.choice([1, 4, 40]) + ["background"]
    return [(draw.choice(priorities), draw.choice("abc"), n) for n in range(120)]


def test_interactive_goes_first():
    line = Line()
    push(line, ("background", "a", 1), ("interactive", "a", 2), ("interactive", "b", 3))
    assert [line.take()[2] for _ in range(3)] == [2, 3, 1]


def test_background_does_not_starve():
    """A job waited as long as anybody typed."""
    line = Line()
    push(line, ("background", "a", 0))
    push(line, *[("interactive", "b", n) for n in range(1, 50)])
    assert [line.take()[2] for _ in range(50)].index(0) == OVERTAKEN


@pytest.mark.parametrize("seed", range(50))
def test_the_order_that_is_told_is_that_in_which_they_go(seed):
    """Three ahead of you, and five went."""
    line, draw = Line(), random.Random(seed)
    items = drawn(seed)
    for item in items:
        push(line, item)
        if draw.random() < 0.3:
            line.take()
    told = line.order()
    assert [line.take() for _ in range(len(line))] == told
    assert line.take() is None


@pytest.mark.parametrize("seed", range(20))
def test_everybody_who_waits_is_counted(seed):
    """A user who had left was still refused for too many."""
    line, draw, there = Line(), random.Random(seed), []
    for item in drawn(seed):
        push(line, item)
        there.append(item)
        if draw.random() < 0.4:
            gone = draw.choice(there)
            line.drop(gone)
            there.remove(gone)
        assert line.users == len({user for _, user, _ in there})
        assert [line.waiting(user) for user in "abc"] == [
            sum(user == other for _, other, _ in there) for user in "abc"
        ]


def test_background_waits_while_somebody_types():
    """A job went in before a typist for whom there was no place yet."""
    line = Line()
    push(line, ("background", "a", 1), ("interactive", "b", 2))
    assert line.take(lambda item: item[0] == "background") is None


def test_a_flood_leaves_places_to_others():
    """One user held them all, and everybody waited until one of theirs was done."""
    places = Places(8)
    taken = 0
    while places.free_for("flood", "interactive"):
        places.take("flood", "interactive")
        taken += 1
    assert taken == 6
    assert places.free_for("typist", "interactive")
    places.take("typist", "interactive")
    assert not places.free_for("typist", "interactive")
    assert places.free_for("another", "interactive")


def test_priorities_have_places_of_their_own():
    """Jobs held them all, and a typist waited for a job."""
    places = Places(1)
    places.take("a", "background")
    assert not places.free_for("b", "background")
    assert places.free_for("b", "interactive")
    places.give_back("a", "background")
    assert places.free_for("b", "background")
    assert places.taken == 0
