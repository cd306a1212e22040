"""Several seeds of one request: canvases side by side that differ in their random stream alone."""

import pytest
import reference
import torch
from attrs import evolve
from tiny import (
    ABSORBING,
    UNIFORM,
    pinned_canvas,
    request,
    run,
    text_ids,
    tiny_engine,
    tiny_model,
)

from diffgem_engine.core.engine import Engine
from diffgem_engine.core.failures import NoNumbers
from diffgem_engine.core.hypotheses import MOST_ROWS, SEEDS
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.sequence import Outcome

HOT = {"steps": 6, "temperature_start": 3.0, "temperature_end": 2.0, "entropy_bound": 2.0}


def seeded(wanted, count):
    return evolve(wanted, path="hypotheses", seeds=count)


def prompt(length, first):
    """No other begins with `first`: a shared beginning is prefilled once, in other pieces."""
    return (first, *text_ids(length - 1, first))


def trials(end):
    """All that the answer is made of."""
    rows = [trial.sequence for trial in end.sequence.trials]
    return end.outcome, end.sequence.step, [(row.filled(), row.confidence) for row in rows]


def by_itself(wanted, number):
    """What the seed gives that is so many behind the first."""
    one = evolve(wanted, seed=(wanted.seed + number) % SEEDS, draws=number > 0)
    sequence = run(tiny_engine(), one)[0].sequence
    return sequence.filled(), sequence.confidence


@pytest.mark.parametrize("order", ["entropy", "left"])
@pytest.mark.parametrize("first", [3, SEEDS - 2])
def test_every_seed_gives_what_it_gives_alone(order, first):
    """Guards a stream that two share, a seed beyond the last, and rows that see each other."""
    wanted = evolve(request(20, pinned_canvas(), **HOT, order=order), seed=first)
    [end] = run(tiny_engine(), seeded(wanted, 4))
    assert trials(end)[2] == [by_itself(wanted, number) for number in range(4)]
    assert len({tuple(filled) for filled, _ in trials(end)[2]}) > 1


@pytest.mark.parametrize("form", [UNIFORM, ABSORBING], ids=lambda form: form.noise)
def test_from_the_left_the_others_draw(form):
    """Guards seeds that all take the likeliest token, and a first one that is not what one seed
    gives.
    """
    canvas = pinned_canvas(form)
    wanted = request(30, canvas, **HOT, order="left")
    [end] = run(tiny_engine(form), seeded(wanted, 4))
    slow = [
        reference.denoise(
            tiny_model(), wanted.prompt, canvas.ids, canvas.pinned, form.noise_range,
            wanted.params, wanted.seed + number, canvas.holes, form.ends, draws=number > 0,
        ).filled
        for number in range(4)
    ]  # fmt: skip
    assert [filled for filled, _ in trials(end)[2]] == slow
    assert slow[0] == run(tiny_engine(form), wanted)[0].sequence.filled()
    assert len(set(map(tuple, slow))) > 1


def test_nothing_depends_on_what_shares_the_engine():
    """Guards the invariant, to the last bit."""
    wanted = [
        seeded(request(prompt(20 + 9 * n, 30 + n), pinned_canvas(seed=n), n, **HOT), 2 + 3 * n)
        for n in range(4)
    ]
    wanted.append(request(prompt(20, 40), pinned_canvas(), **HOT))
    together = [trials(end) for end in run(tiny_engine(), *wanted)]
    assert together == [trials(run(tiny_engine(), one)[0]) for one in wanted]


def test_all_rows_have_one_prefill_and_share_their_passes(monkeypatch):
    """Guards a prompt that is read for each seed, and passes of one row each."""
    runner, prefills, rows = Runner(tiny_model()), [], []
    prefill, denoise = runner.prefill, runner.denoise
    monkeypatch.setattr(runner, "prefill", lambda *a: prefills.append(len(a[0])) or prefill(*a))
    monkeypatch.setattr(runner, "denoise", lambda b: rows.append(len(b)) or denoise(b))
    busy = Engine(runner, UNIFORM)
    prefills.clear()  # the engine has measured a token's
    run(busy, seeded(request(20, steps=2, confidence=0.0), MOST_ROWS))
    assert prefills == [20]
    assert rows == [MOST_ROWS, MOST_ROWS]


def test_no_encoder_compares_them(monkeypatch):
    """Guards a pass over every seed's text, and a prompt that is kept for it."""
    runner = Runner(tiny_model())
    monkeypatch.setattr(runner, "branch", None)
    [end] = run(Engine(runner, UNIFORM), seeded(request(20, **HOT), 3))
    assert end.error is None
    assert (end.sequence.kv, end.sequence.scores) == (None, ())


def test_a_seed_without_numbers_goes_alone(monkeypatch):
    """Guards a request that fails for one of its seeds, and one that is answered with none."""
    runner, broken = Runner(tiny_model()), {1, 2}
    denoise = runner.denoise

    def trouble(sequences):
        found = denoise(sequences)
        for row, sequence in enumerate(sequences):
            if sequence.request.seed in broken:
                found.logits[row] = torch.nan
        return found

    monkeypatch.setattr(runner, "denoise", trouble)
    wanted = seeded(request(20, **HOT), 3)
    [end] = run(Engine(runner, UNIFORM), wanted)
    assert trials(end)[2] == [by_itself(request(20, **HOT), 0)]
    broken.add(0)
    [end] = run(Engine(runner, UNIFORM), wanted)
    assert (end.outcome, type(end.error)) == (Outcome.FAILED, NoNumbers)
