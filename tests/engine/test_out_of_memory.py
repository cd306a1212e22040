"""A device that has no room for a batch, a row or a prompt."""

import pytest
import torch
from tiny import (
    UNIFORM,
    request,
    run,
    submit,
    text_ids,
    tiny_engine,
    tiny_model,
)

from diffgem_engine.core import sampler
from diffgem_engine.core.engine import Engine
from diffgem_engine.core.failures import OutOfMemory
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.sequence import Outcome


class Cramped:
    """An engine whose device has room for so many rows at once."""

    def __init__(self, monkeypatch, rows):
        self.runner, self.rows, self.sizes = Runner(tiny_model()), rows, []
        self.engine, denoise = Engine(self.runner, UNIFORM), self.runner.denoise

        def short(sequences):
            self.sizes.append(len(sequences))
            if not self.fits(len(sequences)):
                raise torch.OutOfMemoryError
            return denoise(sequences)

        monkeypatch.setattr(self.runner, "denoise", short)

    def fits(self, rows):
        return rows <= self.rows


def test_a_batch_that_has_no_memory_is_split(monkeypatch):
    """Guards requests that fail for what shares their batch."""
    cramped = Cramped(monkeypatch, rows=2)
    prompts = [(20 + s, *text_ids(19, s)) for s in range(5)]  # no common beginning
    wanted = [request(ids, seed=s, steps=2) for s, ids in enumerate(prompts)]
    together = run(cramped.engine, *wanted)
    assert cramped.sizes == [5, 5, 2, 3, 1, 2, 5, 2, 3, 1, 2]
    assert [end.result for end in together] == [run(tiny_engine(), w)[0].result for w in wanted]


def test_a_row_that_is_taken_in_without_memory_says_so(monkeypatch):
    """Guards "see the engine's log" where it is the device that is full."""
    runner, ended, full = Runner(tiny_model()), [], []
    engine, draw = Engine(runner, UNIFORM), sampler.draw

    def short(*given):
        if not full:
            full.append(True)
            raise torch.OutOfMemoryError
        return draw(*given)

    monkeypatch.setattr(sampler, "draw", short)
    first, second = (submit(engine, request(20, seed=s, steps=2), ended) for s in (1, 2))
    while not engine.idle:
        engine.step()
    assert [end.sequence for end in ended] == [first, second]
    assert isinstance(ended[0].error, OutOfMemory)
    assert ended[1].error is None


def test_where_nothing_fits_the_youngest_is_refused(monkeypatch):
    """Guards an engine that a full device stops, and old requests that a new one ends."""
    cramped, ended = Cramped(monkeypatch, rows=9), []
    old, young = (submit(cramped.engine, request(20, seed=s, steps=3), ended) for s in (1, 2))
    cramped.engine.step()
    # Both; both without the cached prompts; the first alone; the first without the second.
    room = iter([False] * 3 + [True] * 9)
    monkeypatch.setattr(cramped, "fits", lambda _: next(room))
    while not cramped.engine.idle:
        cramped.engine.step()
    first, second = ended
    assert (first.sequence, first.outcome) == (young, Outcome.FAILED)
    assert isinstance(first.error, OutOfMemory)
    assert second.result == run(tiny_engine(), old.request)[0].result


@pytest.mark.parametrize(("tries", "fails"), [(1, False), (2, True)])
def test_a_prompt_that_has_no_memory_is_tried_again_without_the_cached_ones(
    monkeypatch, tries, fails
):
    """Guards a cache that costs a request."""
    runner, ended = Runner(tiny_model()), []
    engine, prefill, left = Engine(runner, UNIFORM), runner.prefill, []
    run(engine, request(30, seed=5, steps=1))

    def short(*given):
        if left:
            raise left.pop()
        return prefill(*given)

    left += [torch.OutOfMemoryError()] * tries
    monkeypatch.setattr(runner, "prefill", short)
    submit(engine, request(20, steps=2), ended)
    while not engine.idle:
        engine.step()
    assert isinstance(ended[0].error, OutOfMemory) == fails
    assert len(engine.cache) == (0 if fails else 1)
