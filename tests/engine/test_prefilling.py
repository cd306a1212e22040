"""Prompts are read piece by piece, and nobody's result or turn depends on another's."""

import pytest
import torch
from tiny import UNIFORM, request, run, submit, text_ids, tiny_engine, tiny_model

from diffgem_engine.core.engine import Engine
from diffgem_engine.core.failures import OutOfMemory
from diffgem_engine.core.prefilling import PIECE
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.scheduler import PAUSE
from diffgem_engine.core.sequence import Outcome

LONG = 4000
ENDLESS = {"steps": 100, "confidence": 0.0}


class Watched:
    """An engine, and the tokens of every encoder pass of its."""

    def __init__(self, monkeypatch):
        self.runner, self.read = Runner(tiny_model()), []
        self.engine, prefill = Engine(self.runner, UNIFORM), self.runner.prefill

        def noted(ids, known=None):
            self.read.append(len(ids) - (len(known) if known is not None else 0))
            return prefill(ids, known)

        monkeypatch.setattr(self.runner, "prefill", noted)


def test_a_long_prompt_keeps_nobody_waiting_for_more_than_a_piece(monkeypatch):
    """Guards a canvas that stands still while a long file is read."""
    watched, ended = Watched(monkeypatch), []
    live = submit(watched.engine, request(20, **ENDLESS), ended)
    watched.engine.step()
    long = submit(watched.engine, request(LONG, seed=1, steps=1), ended)
    while not ended:
        before = live.step, len(watched.read)
        watched.engine.step()
        assert live.step == before[0] + 1
        assert len(watched.read) <= before[1] + 1
    assert (ended[0].sequence, ended[0].outcome) == (long, Outcome.OUT_OF_STEPS)
    assert watched.read[1:] == [PIECE] * (LONG // PIECE) + [LONG % PIECE]
    assert long.prefilled == LONG


@pytest.mark.parametrize("length", [1, PIECE - 1, PIECE, PIECE + 1, LONG])
def test_pieces_give_what_one_pass_gives(length):
    """Guards the boundaries: a token that is read twice, or never."""
    [ended] = run(tiny_engine(), request(length, steps=3))
    runner, ids = Runner(tiny_model()), text_ids(length)
    kv = tiny_engine().cache
    assert len(kv) == 0
    whole = runner.prefill(ids)
    engine = tiny_engine()
    engine.cache.put(ids, whole)
    [at_once] = run(engine, request(length, steps=3))
    assert (ended.sequence.prefilled, at_once.sequence.prefilled) == (length, 0)
    assert ended.sequence.filled() == at_once.sequence.filled()


def test_a_short_prompt_does_not_wait_for_a_long_one():
    """Guards a key's few tokens behind a file's thousands."""
    engine, ended = tiny_engine(), []
    long = submit(engine, request(LONG, seed=1, **ENDLESS), ended)
    short = submit(engine, request(PIECE, seed=2, **ENDLESS), ended)
    engine.step()
    assert (long.step, short.step) == (0, 1)


def test_the_oldest_is_read_in_any_case():
    """Guards a long prompt that short ones keep waiting for ever."""
    engine, ended = tiny_engine(), []
    long = submit(engine, request(LONG, seed=1, **ENDLESS), ended)
    for number in range(LONG // PIECE + 1):
        submit(engine, request((20 + number, *text_ids(500)), steps=1), ended)
        engine.step()
    assert long.step == 1


def test_a_typist_overtakes_a_long_background_prompt():
    """Guards interactive work behind a job's long file."""
    engine, ended = tiny_engine(), []
    job = submit(engine, job_of(LONG), ended)
    engine.step()
    typist = submit(engine, request(2 * PIECE, seed=2, steps=2), ended)
    for _ in range(3):
        engine.step()
    assert [end.sequence for end in ended] == [typist]
    assert len(job.kv) == PIECE


def test_a_background_prompt_is_read_though_typists_keep_coming():
    """Guards a job whose turn comes, and whose piece never fits beside theirs."""
    engine, ended = tiny_engine(), []
    job = submit(engine, job_of(2 * PIECE), ended)
    for number in range(3 * PAUSE):
        prompt = (20 + number, *text_ids(2 * PIECE - 1, number))
        submit(engine, request(prompt, steps=1), ended)
        engine.step()
    assert job.step >= 1


def job_of(length):
    wanted = request(length, seed=1, **ENDLESS)
    return type(wanted)(
        wanted.prompt, wanted.canvas, wanted.params, wanted.seed, priority="background"
    )


def test_a_cancelled_prompt_stops_and_what_was_read_stays(monkeypatch):
    """Guards a file that is read to its end for nobody, and one that is read from its beginning
    when it is asked for again; the result is that of one that nobody cancelled, to the last bit.
    """
    watched, ended = Watched(monkeypatch), []
    wanted = request(LONG, seed=1, steps=3)
    cancelled = submit(watched.engine, wanted, ended)
    for _ in range(3):
        watched.engine.step()
    cancelled.cancelled = True
    watched.engine.step()
    assert watched.read == [PIECE] * 3
    assert [end.outcome for end in ended] == [Outcome.CANCELLED]
    [again] = run(watched.engine, wanted)
    assert again.sequence.prefilled == LONG - 3 * PIECE
    assert again.result == run(tiny_engine(), wanted)[0].result


def test_who_reads_a_piece_beside_shows_in_no_result():
    """Guards pieces whose boundaries follow from the room that others leave."""
    wanted = [
        request(
            (20 + n, *text_ids(400 * n + 90, n)), seed=n, steps=3, order=("entropy", "left")[n % 2]
        )
        for n in range(5)
    ]
    together = run(tiny_engine(), *wanted)
    assert [end.result for end in together] == [run(tiny_engine(), w)[0].result for w in wanted]


def test_a_piece_without_memory_is_read_from_the_beginning(monkeypatch):
    """Guards a KV in pieces of which one was read twice, or whose beginning holds the memory."""
    watched, ended, fails = Watched(monkeypatch), [], [torch.OutOfMemoryError()]
    wanted, prefill = request(LONG, seed=1, steps=3), watched.runner.prefill

    def short(ids, known=None):
        if len(ids) == 3 * PIECE and fails:
            raise fails.pop()
        return prefill(ids, known)

    monkeypatch.setattr(watched.runner, "prefill", short)
    submit(watched.engine, wanted, ended)
    while not ended:
        watched.engine.step()
    assert watched.read == [PIECE] * 2 + [PIECE] * (LONG // PIECE) + [LONG % PIECE]
    assert ended[0].result == run(tiny_engine(), wanted)[0].result


def test_a_prompt_without_memory_is_not_read_for_ever(monkeypatch):
    """Guards a long prompt that fits piece by piece, and never with its canvas."""
    watched, ended = Watched(monkeypatch), []

    def never(*_):
        raise torch.OutOfMemoryError

    monkeypatch.setattr(watched.runner, "pad", never)
    submit(watched.engine, request(2 * PIECE, steps=3), ended)
    for _ in range(8):
        watched.engine.step()
    assert watched.read == [PIECE] * 4
    assert isinstance(ended[0].error, OutOfMemory)
