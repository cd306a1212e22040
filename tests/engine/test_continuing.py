"""Holes of several canvases: how they are laid out, and what the engine makes of them."""

import math

import pytest
import reference
import torch
from attrs import evolve
from test_pinned import confidence, ends
from tiny import (
    ABSORBING,
    UNIFORM,
    WINDOW,
    open_canvas,
    request,
    run,
    submit,
    text_ids,
    tiny_engine,
    tiny_model,
)

from diffgem_engine.core.canvas import CanvasError
from diffgem_engine.core.continuing import Rest, next_canvas
from diffgem_engine.core.sequence import Outcome

HEAD = text_ids(5, seed=9)
ENDLESS = {"steps": 4, "confidence": 0.0}


def laid_out(slots, head=(), start=(), longest=256, form=UNIFORM):
    """The canvases of a hole: (slots, of which open, of which are the head) each."""
    canvases, rest = [], Rest(slots, head, longest)
    while rest is not None:
        canvas, rest = next_canvas(form, rest, start if not canvases else ())
        [hole] = canvas.holes
        canvases.append((len(hole), len(canvas.open_slots), len(canvas) - len(hole)))
    return canvases


@pytest.mark.parametrize(
    ("slots", "head", "expected"),
    [
        (512, 0, [(256, 256, 0), (256, 256, 0)]),
        (512, 8, [(256, 256, 0), (192, 192, 0), (64, 64, 8)]),
        (260, 8, [(196, 196, 0), (64, 64, 8)]),
        (248, 8, [(248, 248, 8)]),
        (400, 8, [(256, 256, 0), (144, 144, 8)]),
        (400, 99, [(256, 256, 0), (144, 144, 8)]),
    ],
)
def test_the_head_stands_in_the_last_canvas_alone(slots, head, expected):
    """Guards a middle that is squeezed before a head it is far from, and a last canvas that has
    a head and no room for a middle; the format's head has 8 tokens at most.
    """
    assert laid_out(slots, (50,) * head) == expected
    assert sum(hole for hole, _, _ in expected) == slots


def test_a_long_head_leaves_room_for_the_last_canvas():
    """Guards a hole that never ends, where a format would pin a whole canvas of suffix."""
    greedy = evolve(UNIFORM, head_tokens=256)
    assert laid_out(400, (50,) * 300, form=greedy) == [(256, 256, 0), (80, 80, 0), (64, 64, 192)]


def test_the_start_stands_in_the_first_canvas_alone():
    assert laid_out(20, HEAD, start=(40, 41), longest=16) == [(16, 14, 0), (4, 4, 5)]


def test_a_start_that_fills_a_canvas_is_refused():
    """Guards a canvas without an open slot."""
    with pytest.raises(CanvasError, match="no room after its 16 pinned tokens"):
        laid_out(40, start=(40,) * 16, longest=16)


def long_request(slots=40, start=(), head=HEAD, longest=WINDOW, prompt=30, seed=0, **sampling):
    canvas, rest = next_canvas(UNIFORM, Rest(slots, tuple(head), longest), tuple(start))
    return evolve(request(prompt, canvas, seed, **{**ENDLESS, **sampling}), rest=rest)


def slow(form, wanted):
    """Canvas by canvas, each behind the whole of what was filled before: (ids, steps, nats,
    tokens counted), all together.
    """
    stream = torch.Generator().manual_seed(wanted.seed)
    canvas, rest, committed, steps, nats, count = wanted.canvas, wanted.rest, [], 0, 0.0, 0
    while True:
        found = reference.denoise(
            tiny_model(),
            (*wanted.prompt, *committed),
            canvas.ids,
            canvas.pinned,
            form.noise_range,
            wanted.params,
            stream,
            canvas.holes,
            ends(form),
            form.mark,
        )
        said = [found.filled[i] for i in canvas.holes[0] if not canvas.pinned[i]]
        ended = next((i for i, token in enumerate(said) if token in ends(form)), None)
        kept = len(said) if ended is None else ended + 1
        steps, count = steps + found.steps, count + kept
        nats += kept * math.log(confidence(form, canvas, found))
        if ended is not None or rest is None:
            return [*committed, *found.filled], steps, nats / count
        committed += found.filled
        canvas, rest = next_canvas(form, rest)


def whole(sequence):
    return [*sequence.committed.ids, *sequence.filled()]


@pytest.mark.parametrize("order", ["entropy", "left"])
@pytest.mark.parametrize("form", [UNIFORM, ABSORBING], ids=lambda form: form.noise)
def test_it_is_filled_as_slowly_canvas_by_canvas(form, order):
    """Guards what the next canvas reads, and state of the last one that it goes on with."""
    counts = set()
    for seed in range(6):
        wanted = long_request(start=text_ids(3, seed), seed=seed, order=order)
        [ended] = run(tiny_engine(form), wanted)
        sequence = ended.sequence
        ids, steps, nats = slow(form, wanted)
        assert (whole(sequence), sequence.steps) == (ids, steps)
        assert math.log(sequence.confidence) == pytest.approx(nats, abs=1e-3)
        counts.add(len(ids))
    assert len(counts) > 1  # some end early


def test_what_shares_the_engine_does_not_show():
    """Guards the invariant, to the last bit, for canvases that join a bucket on their way."""
    wanted = [
        long_request(prompt=(20 + n, *text_ids(10 * n, n)), seed=n, slots=30 + 5 * n)
        for n in range(5)
    ]
    others = [request((60 + n, *text_ids(40)), open_canvas(16), n, steps=9) for n in range(4)]
    together = run(tiny_engine(), *wanted, *others)[:5]
    alone = [run(tiny_engine(), one)[0] for one in wanted]
    assert [whole(end.sequence) for end in together] == [whole(end.sequence) for end in alone]
    assert [end.result for end in together] == [end.result for end in alone]


def never_ends(seed=0):
    """One whose canvases all go on."""
    for wanted in (long_request(slots=64, head=(), seed=s) for s in range(seed, 60)):
        [ended] = run(tiny_engine(), wanted)
        if len(whole(ended.sequence)) == 64:
            return wanted
    raise AssertionError("no such seed")


def test_what_is_committed_stays_in_the_cache():
    """Guards an encoder that reads the middle once more, when it was accepted and typing goes on:
    all but the last canvas, which nobody read.
    """
    engine, wanted = tiny_engine(), never_ends()
    [ended] = run(engine, wanted)
    assert (len(engine.cache), ended.sequence.prefilled) == (1, 30)
    accepted = request((*wanted.prompt, *whole(ended.sequence)), seed=1)
    [after] = run(engine, accepted)
    assert after.sequence.prefilled == WINDOW


def test_it_can_be_cancelled_between_two_canvases():
    engine, ended, wanted = tiny_engine(), [], never_ends()
    sequence = submit(engine, wanted, ended)
    while not sequence.committed.ids:
        engine.step()
    sequence.cancelled = True
    engine.step()
    [end] = ended
    assert end.outcome is Outcome.CANCELLED
    assert engine.idle


def test_every_step_of_every_canvas_is_told():
    """Guards a count of steps that begins anew, and a canvas that is shown after it is gone."""
    engine, ended, told, wanted = tiny_engine(), [], [], never_ends()

    def stepped(sequence):
        told.append((sequence.steps, len(sequence.committed.ids), len(sequence.filled())))

    submit(engine, wanted, ended, stepped)
    while not engine.idle:
        engine.step()
    assert told == [(step + 1, step // 4 * WINDOW, WINDOW) for step in range(16)]
    assert ended[0].outcome is Outcome.OUT_OF_STEPS
