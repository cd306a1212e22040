"""What shares a batch never shows in a result: tokens and confidence are equal to the last bit."""

import pytest
from attrs import evolve
from tiny import (
    ABSORBING,
    SIZE,
    UNIFORM,
    open_canvas,
    pinned_canvas,
    request,
    run,
    submit,
    text_ids,
    tiny_engine,
    tiny_model,
)

from diffgem_engine.core.engine import Engine
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.scheduler import Scheduler

# One bucket: 65..128 prompt tokens, canvases of 25..32 slots with 9..16 open ones.
LENGTHS = (70, 128, 65, 99, 100, 127, 66, 80)


def prompt(length, first):
    """No other begins with `first`: a shared beginning is prefilled once, in other pieces."""
    return (first, *text_ids(length - 1, first))


def alike(form=UNIFORM):
    """Both orders of acceptance, by turns."""
    return [
        request(
            prompt(length, 20 + seed),
            pinned_canvas(form, seed),
            seed,
            steps=4 + seed % 3,
            order=("entropy", "left")[seed % 2],
        )
        for seed, length in enumerate(LENGTHS)
    ]


def mixed():
    """Four buckets, by turns."""
    canvases = [pinned_canvas(), open_canvas(8), open_canvas(11), open_canvas(16)]
    return [
        request(prompt(20 + 9 * seed, 40 + seed), canvases[seed % 4], seed, steps=3 + seed % 4)
        for seed in range(12)
    ]


def alone(wanted, form=UNIFORM):
    return [run(tiny_engine(form), one)[0].result for one in wanted]


@pytest.mark.parametrize("form", [UNIFORM, ABSORBING], ids=lambda form: form.noise)
def test_a_batch_of_eight_gives_what_each_gives_alone(form):
    """Guards padding that depends on the batch, and a random stream that rows share."""
    wanted = alike(form)
    assert len({one.bucket for one in wanted}) == 1
    together = run(tiny_engine(form), *wanted)
    assert [end.result for end in together] == alone(wanted, form)


def test_mixed_buckets_give_what_each_gives_alone():
    """Guards batches of unequal buckets."""
    wanted = mixed()
    assert len({one.bucket for one in wanted}) > 3
    assert [end.result for end in run(tiny_engine(), *wanted)] == alone(wanted)


def test_rows_may_join_and_leave_between_steps():
    """Guards state that a batch keeps from step to step."""
    wanted, ended = [*alike(), *mixed()], []
    engine = tiny_engine(scheduler=Scheduler(max_live=5, max_batch=3))
    order = []
    for one in wanted:
        order.append(submit(engine, one, ended))
        engine.step()
    while not engine.idle:
        engine.step()
    results = {id(end.sequence): end.result for end in ended}
    assert [results[id(sequence)] for sequence in order] == alone(wanted)


def test_equal_requests_have_equal_results_and_other_seeds_other_ones():
    """Guards a random stream that goes on from one request to the next."""
    first, again, other = run(tiny_engine(), *[request(30, seed=s, steps=3) for s in (7, 7, 8)])
    assert first.result == again.result
    assert first.result != other.result


def test_it_holds_at_the_size_of_the_embedded_model():
    """Guards matrix products whose rows depend on how many there are."""
    size = evolve(SIZE, hidden=256, heads=4, kv_heads=2, head_dim=64, mlp=768, expert=32)
    runner = Runner(tiny_model(size))
    wanted = [request(one.prompt, one.canvas, one.seed, steps=2) for one in alike()]
    together = [end.result for end in run(Engine(runner, UNIFORM), *wanted)]
    assert together == [run(Engine(runner, UNIFORM), one)[0].result for one in wanted]
