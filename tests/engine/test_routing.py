"""The path of a tiny hole follows what each has taken lately."""

import pytest
from asking import infill
from attrs import evolve
from tiny import continuation, open_canvas, request, run, tiny_engine

from diffgem_engine.backends.lately import LASTING_S, LATEST, LEAST
from diffgem_engine.backends.sooner import CLASS, TINY, Sooner
from diffgem_engine.core.sequence import Outcome
from diffgem_engine.protocol import Hole, Pinned

LINE_END = "\nprint(1)\n"


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def ended(path, slots, steps, ms, outcome=Outcome.SETTLED):
    """A sequence with `slots` open slots that took so many steps of so many milliseconds."""
    ids = continuation(5, slots) if path == "autoregressive" else request(5, open_canvas(slots))
    sequence = tiny_engine().sequence(evolve(ids, path=path))
    sequence.step, sequence.outcome = steps, outcome
    sequence.timings.denoise_ms = steps * ms
    return sequence


def taught(*measured, sooner=None, times=LEAST):
    sooner = sooner or Sooner()
    for each in measured:
        for _ in range(times):
            sooner.note(ended(*each))
    return sooner


def test_each_path_is_tried_before_they_are_compared():
    """Guards a path that is never measured, and so never taken."""
    assert Sooner().path(4) == "diffusion"
    sooner = taught(("diffusion", 4, 3, 10), times=LEAST - 1)
    assert sooner.path(4) == "diffusion"
    taught(("diffusion", 4, 3, 10), sooner=sooner)
    assert sooner.path(4) == "autoregressive"
    assert sooner.path(CLASS + 1) == "diffusion"
    taught(("autoregressive", 4, 4, 100), sooner=sooner)
    assert sooner.path(4) == "diffusion"


@pytest.mark.parametrize(
    ("token_ms", "tokens", "step_ms", "steps", "path"),
    [
        (7.0, 4, 13.0, 3, "autoregressive"),
        (7.0, 4, 13.0, 2, "diffusion"),
        (9.0, 4, 13.0, 2.7, "diffusion"),
        (9.0, 2, 13.0, 2, "autoregressive"),
    ],
)
def test_the_sooner_one_is_taken(token_ms, tokens, step_ms, steps, path):
    """Guards a comparison of steps, or of what a step takes, alone."""
    sooner = taught(("autoregressive", 4, tokens, token_ms), ("diffusion", 4, steps, step_ms))
    assert sooner.path(3) == sooner.path(4) == path


def test_a_size_that_was_not_written_is_expected_full():
    """Guards a measured hole of one size that speaks for all: a token's time does, no more."""
    sooner = taught(("autoregressive", 4, 2, 5.0), ("diffusion", 12, 4, 13.0))
    assert sooner.path(12) == "diffusion"
    assert sooner.path(10) == "autoregressive"


def test_larger_holes_are_denoised():
    """Guards a body that is written token by token, without its head in view."""
    sooner = taught(("autoregressive", TINY, 1, 1.0), ("diffusion", TINY, 9, 99.0))
    assert sooner.path(TINY) == "autoregressive"
    taught(("diffusion", TINY + 1, 9, 99.0), sooner=sooner)
    assert sooner.path(TINY + 1) == "diffusion"


def test_one_slow_request_decides_nothing():
    """Guards a mean."""
    sooner = taught(("autoregressive", 4, 4, 5.0), ("diffusion", 4, 3, 13.0))
    sooner.note(ended("autoregressive", 4, 4, 1e6))
    assert sooner.path(4) == "autoregressive"


def test_what_is_old_is_forgotten():
    """Guards a path that is left for ever because the machine was busy once."""
    clock = Clock()
    sooner = taught(("diffusion", 4, 3, 13.0), ("autoregressive", 4, 4, 50.0), sooner=Sooner(clock))
    assert sooner.path(4) == "diffusion"
    clock.now = LASTING_S + 1
    taught(("diffusion", 4, 3, 13.0), sooner=sooner)
    assert sooner.path(4) == "autoregressive"
    taught(("autoregressive", 4, 4, 50.0), sooner=sooner, times=LATEST)
    taught(("autoregressive", 4, 4, 5.0), sooner=sooner, times=LATEST)
    assert sooner.path(4) == "autoregressive"


def test_what_was_broken_off_teaches_nothing():
    """Guards a draft that was enough, and a deadline, counted as quick canvases."""
    sooner = taught(("autoregressive", 4, 4, 5.0), ("diffusion", 4, 3, 13.0))
    for each in (("diffusion", 4, 1, 1.0, Outcome.OUT_OF_TIME), ("diffusion", 4, 0, 0.0)):
        taught(each, sooner=sooner, times=LATEST)
    assert sooner.path(4) == "autoregressive"


def test_it_learns_from_what_the_engine_ends():
    """Guards figures that a real sequence does not have."""
    sooner = Sooner()
    for seed in range(LEAST):
        for one in (request(20, open_canvas(4), seed=seed), continuation(20, 4, seed=seed)):
            sooner.note(run(tiny_engine(), one)[0].sequence)
    slow = taught(("diffusion", 4, 8, 1e6), sooner=sooner, times=LATEST)
    assert slow.path(4) == "autoregressive"


async def test_auto_asks_the_sooner(backend, monkeypatch):
    """Guards a route for what the encoder cannot fill, or does not see."""
    asked = []
    monkeypatch.setattr(
        backend._sooner, "path", lambda slots: asked.append(slots) or "autoregressive"
    )
    hole = infill(Hole(6, "v"), suffix=LINE_END, path="auto")
    result = await backend.infill(hole)
    assert asked == [6 - (await backend.count(["v"]))[0]]
    written = await backend.infill(evolve(hole, path="autoregressive"))
    assert result.candidates == written.candidates
    assert result.candidates[0].origin == "autoregressive"
    for other in (
        evolve(hole, suffix=")" + LINE_END),
        evolve(hole, canvas=(Hole(6), Pinned(","))),
        evolve(hole, seeds=2),
        evolve(hole, path="diffusion"),
    ):
        denoised = await backend.infill(other)
        same = await backend.infill(evolve(other, path="diffusion"))
        assert denoised.candidates == same.candidates
        assert denoised.candidates[0].origin == "denoised"
    assert len(asked) == 1


async def test_the_backend_tells_it_what_has_ended(backend):
    """Guards a sooner that learns nothing."""
    hole = infill(Hole(6), suffix=LINE_END, path="auto")
    paths = [(await backend.infill(hole)).candidates[0].origin for _ in range(2 * LEAST)]
    assert paths == ["denoised"] * LEAST + ["autoregressive"] * LEAST
