"""A failure strikes the sequence that it is of, and nobody else."""

import pytest
import torch
from tiny import (
    UNIFORM,
    VOCAB,
    Ended,
    request,
    run,
    submit,
    text_ids,
    tiny_engine,
    tiny_model,
)

from diffgem_engine.core.canvas import Canvas
from diffgem_engine.core.engine import Engine, Events
from diffgem_engine.core.failures import NoNumbers
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.sequence import Outcome


def test_a_bad_prompt_fails_alone():
    """Guards an engine that one request can stop."""
    fine = request(20, seed=1)
    bad = request((*text_ids(5), VOCAB + 3))
    after, broken, before = run(tiny_engine(), fine, bad, fine)
    assert broken.outcome is Outcome.FAILED
    assert isinstance(broken.error, IndexError)
    assert after.result == before.result
    assert after.error is None


def test_a_bad_pinned_id_fails_alone():
    """Guards the same for ids that the decoder would meet."""
    bad = Canvas((VOCAB + 1, 0), (True, False), (range(1, 2),))
    broken, fine = run(tiny_engine(), request(5, bad), request(5))
    assert broken.outcome is Outcome.FAILED
    assert fine.error is None


def poison(sequence):
    sequence.live.signal = torch.full_like(sequence.live.signal, float("nan"))


def test_a_row_that_fails_inside_a_batch_fails_alone():
    """Guards a batch whose rows share one failure, some of them settled already."""
    for victim in range(3):
        engine, ended = tiny_engine(), []
        wanted = [request(20, seed=s, steps=4) for s in range(3)]
        order = [submit(engine, one, ended) for one in wanted]
        engine.step()
        poison(order[victim])
        while not engine.idle:
            engine.step()
        for index, sequence in enumerate(order):
            [end] = [end for end in ended if end.sequence is sequence]
            if index == victim:
                assert end.outcome is Outcome.FAILED
            else:
                assert end.result == run(tiny_engine(), wanted[index])[0].result


def test_a_batch_that_fails_as_a_whole_is_tried_row_by_row(monkeypatch):
    """Guards requests that fail for what shares their batch: memory that does not suffice, say."""
    runner = Runner(tiny_model())
    denoise = runner.denoise
    sizes = []

    def short_of_memory(sequences):
        sizes.append(len(sequences))
        if len(sequences) > 1:
            raise MemoryError
        return denoise(sequences)

    monkeypatch.setattr(runner, "denoise", short_of_memory)
    wanted = [request(20, seed=s, steps=2) for s in range(3)]
    together = run(Engine(runner, UNIFORM), *wanted)
    assert sizes == [3, 1, 1, 1] * 2
    assert [end.result for end in together] == [run(tiny_engine(), w)[0].result for w in wanted]


def test_a_model_that_says_nan_says_so():
    """Guards a draw from no distribution, which on a GPU ends the device for all."""
    for order in ("entropy", "left"):
        engine, ended = tiny_engine(), []
        sequence = submit(engine, request(20, steps=4, order=order), ended)
        engine.step()
        poison(sequence)
        engine.step()
        [end] = ended
        assert end.outcome is Outcome.FAILED
        assert isinstance(end.error, NoNumbers)


@pytest.mark.parametrize("call", ["prefill", "denoise"])
def test_a_device_that_is_gone_ends_the_engine(monkeypatch, call):
    """Guards an engine that fails each request for ever, and calls itself healthy."""

    def lost(*_):
        raise torch.AcceleratorError("an illegal memory access was encountered")

    runner, ended = Runner(tiny_model()), []
    engine = Engine(runner, UNIFORM)
    submit(engine, request(20, steps=2), ended)
    monkeypatch.setattr(runner, call, lost)
    with pytest.raises(torch.AcceleratorError):
        engine.step()
    assert ended == []


@pytest.mark.parametrize("event", ["stepped", "finished"])
def test_an_owner_that_raises_hurts_nobody_else(event):
    """Guards a loop thread that dies of a callback."""
    engine, ended = tiny_engine(), []

    def trouble(*_):
        raise ValueError("an owner's mistake")

    events = {"finished": lambda *end: ended.append(Ended(*end)), event: trouble}
    engine.add(engine.sequence(request(20, steps=2)), Events(**events))
    other = submit(engine, request(20, seed=3, steps=2), ended)
    while not engine.idle:
        engine.step()
    assert [end.sequence for end in ended][-1] is other
    outcomes = [end.outcome for end in ended]
    assert outcomes == ([Outcome.FAILED] if event == "stepped" else []) + [Outcome.OUT_OF_STEPS]
