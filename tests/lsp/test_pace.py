import pytest

from diffgem_lsp.inline.pace import MOST_S, Pace
from diffgem_lsp.options import Options


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def typed(gap, latency, keys=5):
    """Somebody who types evenly, at an engine that takes as long every time."""
    clock = Clock()
    pace = Pace(clock)
    for _ in range(keys):
        clock.now += gap
        pace.key()
    if latency is not None:
        pace.answered(latency)
    return clock, pace


@pytest.mark.parametrize(
    ("gap", "latency", "pause"),
    [
        (0.2, 0.05, 0.0),  # it keeps up
        (0.2, 0.1, 0.0),
        (0.2, 0.12, 0.06),  # never longer than half of what it takes
        (0.04, 0.12, 0.05),  # until the next key is overdue
        (0.4, 2.0, MOST_S),
        (0.2, None, 0.0),  # nothing is known
        (1.5, 2.0, 0.0),  # pauses, no gaps
    ],
)
def test_the_pause_is_measured(gap, latency, pause):
    """A fast typist had an engine that began at every key and finished at none."""
    assert typed(gap, latency)[1].pause(Options()) == pytest.approx(pause)


def test_what_has_passed_since_the_key_counts():
    """Neovim waits 200 ms of its own before it asks."""
    clock, pace = typed(0.2, 0.12)
    clock.now += 0.05
    assert pace.pause(Options()) == pytest.approx(0.01)
    clock.now += 0.15
    assert pace.pause(Options()) == 0.0


def test_a_pause_of_the_users_own():
    """Complaint number two: no way to set the delay."""
    _, pace = typed(0.2, 0.05)
    assert pace.pause(Options(debounce_ms=300)) == pytest.approx(0.3)
    assert typed(0.2, 2.0)[1].pause(Options(debounce_ms=0)) == 0.0


def test_the_usual_and_not_the_odd_one_out_decides():
    """One slow answer, of a prompt that was read anew, made the editor lazy."""
    _, pace = typed(0.2, 0.05)
    for latency in (0.05, 3.0):
        pace.answered(latency)
    assert pace.pause(Options()) == 0.0
    assert pace.latency == 0.05
