"""Pinned canvases: what the user typed conditions the rest and comes back as it is."""

import math
import random

import pytest
import reference
import torch
from tiny import (
    ABSORBING,
    MARKED,
    UNIFORM,
    VOCAB,
    pinned_canvas,
    request,
    run,
    submit,
    text_ids,
    tiny_engine,
    tiny_model,
    tiny_runner,
)

from diffgem_engine.core.canvas import HoleSlots, PinnedIds, build_canvas
from diffgem_engine.core.sequence import Outcome


def slow(form, wanted):
    canvas = wanted.canvas
    return reference.denoise(
        tiny_model(),
        wanted.prompt,
        canvas.ids,
        canvas.pinned,
        form.noise_range,
        wanted.params,
        wanted.seed,
        canvas.holes,
        ends(form),
        form.mark,
    )


def ends(form):
    return form.ids.eom, form.ids.eos, form.ids.pad


def confidence(form, canvas, expected):
    """The geometric mean over every hole's filled tokens and the one that ends it."""
    counted = []
    for hole in canvas.holes:
        for slot in hole:
            if slot in expected.log_probs:
                counted.append(expected.log_probs[slot])
                if expected.filled[slot] in ends(form):
                    break
    return math.exp(sum(counted) / len(counted))


def assert_as_slow(form, wanted):
    [ended] = run(tiny_engine(form), wanted)
    expected = slow(form, wanted)
    sequence = ended.sequence
    assert ended.error is None
    assert sequence.filled() == expected.filled
    assert sequence.step == expected.steps
    assert sequence.confidence == pytest.approx(confidence(form, wanted.canvas, expected), rel=1e-4)
    assert (ended.outcome is Outcome.SETTLED) == expected.settled
    return expected


@pytest.mark.parametrize("form", [UNIFORM, ABSORBING, MARKED], ids=lambda form: form.noise)
@pytest.mark.parametrize("length", [6, 50, 130])
def test_a_pinned_canvas_equals_the_slow_reference(form, length):
    """Guards hole-only logits, pinned self-conditioning, padded shapes, the noise source, and a
    confidence that the filler behind `<eom>` moves.
    """
    for seed in range(2):
        assert_as_slow(form, request(length, pinned_canvas(form, seed), seed=seed, steps=6))


@pytest.mark.parametrize("bound", [0.0, 1.0, 8.0, 99.0])
@pytest.mark.parametrize("steps", [1, 4, 20])
def test_from_the_left_it_equals_the_slow_reference(bound, steps):
    """Guards a bound that counts what stands or what no hole keeps, and an unfinished canvas."""
    taken = set()
    for seed in range(3):
        canvas = pinned_canvas(ABSORBING, seed)
        given = {"seed": seed, "steps": steps, "entropy_bound": bound, "order": "left"}
        expected = assert_as_slow(ABSORBING, request(30, canvas, **given))
        assert expected.settled
        taken.add(expected.steps)
    assert min(taken) == 1 if bound == 99.0 else max(taken) > min(1, steps - 1)


def test_from_the_left_what_stands_is_a_beginning_that_grows():
    """Guards slots that are accepted out of their order, or are lost again."""
    seen, ended, engine = [], [], tiny_engine(ABSORBING)
    wanted = request(
        30, pinned_canvas(ABSORBING), steps=11, entropy_bound=1.0, order="left", temperature_end=2.0
    )
    submit(engine, wanted, ended, lambda sequence: seen.append(sequence.accepted))
    while not engine.idle:
        engine.step()
    counts = [sum(accepted) for accepted in seen]
    assert seen == [tuple(i < count for i in range(11)) for count in counts]
    assert counts == sorted(set(counts))
    assert counts[-1] == len(wanted.canvas.open_slots) == 11
    assert len(counts) > 2


def test_it_stops_where_the_slow_reference_does():
    """Guards a mean entropy that counts pinned slots (it would stop too early) or padding."""
    stops = [
        assert_as_slow(UNIFORM, request(30, pinned_canvas(seed=s), seed=s, steps=30)).settled
        for s in range(2)
    ]
    assert any(stops)


def test_marked_noise_is_marked_before_the_first_step_alone():
    """Guards a mark that is written over what the model said, or that nobody sees."""
    tokens, pinned = torch.tensor([20, 21, 22]), torch.tensor([True, False, False])
    plain, marked = (tiny_runner().first_signal(tokens, pinned, mark) for mark in (None, 3))
    hole = tiny_model().model.decoder.embed_tokens(torch.tensor(3))
    assert torch.equal(plain[0], marked[0])
    assert not plain[1:].any()
    assert torch.equal(marked[1:], hole.expand(2, -1))
    wanted = request(20, pinned_canvas(MARKED), steps=1)
    [with_mark], [without] = (run(tiny_engine(form), wanted) for form in (MARKED, UNIFORM))
    assert with_mark.result != without.result


def test_pinned_text_conditions_the_holes():
    """Guards a decoder that does not see what is pinned."""
    results = []
    for seed in (1, 2):
        canvas = build_canvas(UNIFORM, [HoleSlots(12)], text_ids(8, seed))
        [ended] = run(tiny_engine(), request(20, canvas, steps=6))
        results.append(ended.sequence.argmax)
    assert results[0] != results[1]


def random_parts(draw):
    parts = [HoleSlots(draw.randint(4, 20), text_ids(draw.randint(0, 3), draw.random()))]
    for _ in range(draw.randint(0, 2)):
        parts.append(PinnedIds(text_ids(draw.randint(0, 6), draw.random())))
        parts.append(HoleSlots(draw.randint(1, 12)))
    return parts


def test_a_pinned_position_never_changes():
    """Guards a scatter into the wrong slots: after every step the tensors are looked at too."""
    draw = random.Random(0)
    engine, ended = tiny_engine(), []

    def look(sequence):
        canvas = sequence.request.canvas
        tokens, filled = sequence.live.tokens.tolist(), sequence.filled()
        for slot, pinned in enumerate(canvas.pinned):
            if pinned:
                assert tokens[slot] == filled[slot] == canvas.ids[slot]

    for seed in range(24):
        head = text_ids(draw.randint(0, 12), draw.random())
        canvas = build_canvas(UNIFORM, random_parts(draw), head)
        submit(engine, request(draw.randint(1, 60), canvas, seed, steps=3), ended, look)
    while not engine.idle:
        engine.step()
    assert [end.error for end in ended] == [None] * 24
    for end in ended:
        assert all(0 <= token < VOCAB for token in end.sequence.filled())
