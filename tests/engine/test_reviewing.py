"""The reviewing path: one pass over code as it is, beside the other two paths."""

import pytest
import reference
import torch
from attrs import evolve
from tiny import (
    ABSORBING,
    SIZE,
    UNIFORM,
    VOCAB,
    WINDOW,
    continuation,
    pinned_canvas,
    request,
    run,
    submit,
    text_ids,
    tiny_engine,
    tiny_model,
    to_review,
)

from diffgem_engine.core.canvas import LONGEST_CANVAS, CanvasError, build_review
from diffgem_engine.core.engine import Engine
from diffgem_engine.core.failures import NoNumbers
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.scheduler import Scheduler
from diffgem_engine.core.sequence import Outcome

IDS = UNIFORM.ids
BARRED = {IDS.pad, IDS.eos, IDS.bos, IDS.hole, IDS.eom, IDS.suffix, IDS.prefix}
LENGTHS = (70, 128, 65, 99, 100, 127, 66, 80)  # of prompts of one bucket


def opinions(engine, *wanted):
    return [end.sequence.opinions for end in run(engine, *wanted)]


def alone(wanted, form=UNIFORM):
    return [opinions(tiny_engine(form), one)[0] for one in wanted]


def prompt(length, first):
    """No other begins with `first`: a shared beginning is prefilled once, in other pieces."""
    return (first, *text_ids(length - 1, first))


def assert_as_slow(end):
    sequence = end.sequence
    code = sequence.request.canvas.ids
    slow = reference.review(tiny_model(), sequence.request.prompt, code, BARRED)
    assert (end.outcome, sequence.step) == (Outcome.SETTLED, 1)
    assert len(sequence.opinions) == len(code)
    for found, (own, best, best_prob) in zip(sequence.opinions, slow, strict=True):
        assert found.probability == pytest.approx(own, rel=1e-3, abs=1e-6)
        assert found.better == best
        assert found.better_probability == pytest.approx(best_prob, rel=1e-3)


@pytest.mark.parametrize("form", [UNIFORM, ABSORBING], ids=lambda form: form.noise)
@pytest.mark.parametrize("length", [1, WINDOW - 1, WINDOW, WINDOW + 1, 64, 90])
def test_it_equals_the_stock_forward(length, form):
    """Guards positions, windows, noise where the code stands, and a signal that is not zero."""
    wanted = [to_review(length, size, seed=size) for size in (1, 7, 8, 9, 30)]
    for end in run(tiny_engine(form), *wanted):
        assert_as_slow(end)


def test_the_longest_code():
    """Guards the last bucket: a canvas' every slot counts."""
    [end] = run(tiny_engine(), to_review(20, LONGEST_CANVAS))
    assert_as_slow(end)


def test_where_the_model_agrees_both_are_the_same():
    """Guards a better token beside one that nothing is likelier than."""
    found = opinions(tiny_engine(), to_review(40, 60))[0]
    best = [opinion.better for opinion in found]
    again = opinions(tiny_engine(), to_review(40, best))[0]
    agreed = [one for one, own in zip(again, best, strict=True) if one.better == own]
    assert agreed
    assert all(one.probability == one.better_probability for one in agreed)
    assert all(one.probability <= one.better_probability for one in (*found, *again))


def test_what_is_no_code_is_never_better():
    """Guards padding and marks, which have no text, in the place of a token."""
    found = opinions(tiny_engine(), *[to_review(20, 40, seed=seed) for seed in range(9)])
    assert not {one.better for opinions in found for one in opinions} & BARRED
    free = [reference.review(tiny_model(), text_ids(20, s), text_ids(40, s + 1), ())
            for s in range(9)]  # fmt: skip
    assert {best for rows in free for _, best, _ in rows} & BARRED


@pytest.mark.parametrize("form", [UNIFORM, ABSORBING], ids=lambda form: form.noise)
def test_a_batch_of_eight_gives_what_each_gives_alone(form):
    """Guards padding that depends on the batch, to the last bit."""
    wanted = [
        to_review(prompt(length, 20 + n), 25 + n % 7, seed=n) for n, length in enumerate(LENGTHS)
    ]
    assert len({one.bucket for one in wanted}) == 1
    assert opinions(tiny_engine(form), *wanted) == alone(wanted, form)


def test_it_holds_at_the_size_of_the_embedded_model():
    """Guards matrix products whose rows depend on how many there are."""
    size = evolve(SIZE, hidden=256, heads=4, kv_heads=2, head_dim=64, mlp=768, expert=32)
    runner = Runner(tiny_model(size))
    wanted = [to_review(prompt(n, 20 + i), 25 + i % 7) for i, n in enumerate(LENGTHS)]
    together = opinions(Engine(runner, UNIFORM), *wanted)
    assert together == [opinions(Engine(runner, UNIFORM), one)[0] for one in wanted]


def test_three_paths_side_by_side_give_what_each_gives_alone():
    """Guards a batch of two paths, and state of one that another reads."""
    wanted = []
    for number in range(4):
        ids = [prompt(30 + 9 * number, 20 + 3 * number + path) for path in range(3)]
        wanted += [
            to_review(ids[0], 32),
            request(ids[1], pinned_canvas(seed=number)),
            continuation(ids[2], 6),
        ]
    crowded = tiny_engine(scheduler=Scheduler(max_live=5, max_batch=3))
    for together, one in zip(run(crowded, *wanted), wanted, strict=True):
        by_itself = run(tiny_engine(), one)[0].sequence
        assert together.sequence.opinions == by_itself.opinions
        if one.path != "review":
            assert together.sequence.filled() == by_itself.filled()
            assert together.sequence.opinions == ()


def test_code_is_reviewed_behind_a_prompt_of_the_cache():
    """Guards a cache for each path, and code that is put into the cached prompt."""
    busy, text = tiny_engine(), text_ids(60)
    wanted = [request(text, steps=2), to_review(text, 20), to_review((*text, 50), 20),
              to_review(text, 9)]  # fmt: skip
    ended = [run(busy, one)[0] for one in wanted]
    assert [end.sequence.prefilled for end in ended] == [60, 0, 1, 0]
    for end in ended[1:]:
        assert_as_slow(end)


def test_a_cancelled_review_is_not_made(monkeypatch):
    """Guards a pass for nobody."""
    runner, ended = Runner(tiny_model()), []
    monkeypatch.setattr(runner, "denoise", None)
    busy = Engine(runner, UNIFORM)
    submit(busy, to_review(20, 20), ended).cancelled = True
    busy.step()
    assert busy.idle
    assert [(end.outcome, end.sequence.opinions) for end in ended] == [(Outcome.CANCELLED, ())]


def test_code_that_cannot_be_reviewed_fails_alone():
    """Guards an engine that one request can stop."""
    fine = to_review(30, 20)
    broken, good = run(tiny_engine(), to_review(30, (VOCAB + 3,) * 20), fine)
    assert isinstance(broken.error, IndexError)
    assert [good.sequence.opinions] == alone([fine])


def test_a_model_that_says_nan_fails_that_request_alone(monkeypatch):
    """Guards an opinion without numbers, of one token or of all, and a batch that shares it."""
    runner = Runner(tiny_model())
    denoise = runner.denoise
    fine, broken = to_review(prompt(70, 30), 28), to_review(prompt(80, 31), 30)
    assert fine.bucket == broken.bucket

    def trouble(sequences):
        found = denoise(sequences)
        for row, sequence in enumerate(sequences):
            if sequence.request is broken:
                found.logits[row, 5] = torch.nan
        return found

    monkeypatch.setattr(runner, "denoise", trouble)
    good, bad = run(Engine(runner, UNIFORM), fine, broken)
    assert isinstance(bad.error, NoNumbers)
    assert bad.sequence.opinions == ()
    assert [good.sequence.opinions] == alone([fine])


def test_a_device_that_is_gone_ends_the_engine(monkeypatch):
    """Guards an engine that fails each request for ever, and calls itself healthy."""

    def lost(*_):
        raise torch.AcceleratorError("an illegal memory access was encountered")

    runner, ended = Runner(tiny_model()), []
    monkeypatch.setattr(runner, "denoise", lost)
    busy = Engine(runner, UNIFORM)
    submit(busy, to_review(20, 20), ended)
    with pytest.raises(torch.AcceleratorError):
        busy.step()
    assert ended == []


@pytest.mark.parametrize(
    ("count", "message"), [(0, "no code"), (LONGEST_CANVAS + 1, "257 tokens; review at most 256")]
)
def test_code_that_fits_no_canvas_is_a_mistake_of_who_asks(count, message):
    with pytest.raises(CanvasError, match=message):
        build_review(text_ids(count))
