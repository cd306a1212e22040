"""Which cores the engine uses, and when: halves of a batch at once."""

import os
import threading

import pytest
import torch
from attrs import evolve
from test_batching import alike, alone, mixed
from tiny import UNIFORM, run, submit, tiny_engine, tiny_runner

from diffgem_engine.core.cores import Halves
from diffgem_engine.core.engine import Engine

CPU = torch.device("cpu")


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("diffgem_engine.core.cores.allowed_cores", lambda: 2)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)


def met(batch):
    """Goes on once both halves are looked at."""
    met.barrier.wait(timeout=20)
    return [2 * one for one in batch]


@pytest.mark.parametrize("rows", [2, 3, 8])
def test_both_halves_are_looked_at_at_once_and_come_in_order(two_cores, rows):
    """Guards halves that wait for each other, and rows that change places."""
    met.barrier = threading.Barrier(2)
    assert Halves.of(CPU).look(met, [*range(rows)]) == [2 * one for one in range(rows)]


def test_one_row_stays_on_its_core(two_cores):
    """Guards the editor's core while one user types."""
    assert Halves.of(CPU).look(lambda _: [threading.current_thread()], [0]) == [
        threading.current_thread()
    ]


@pytest.mark.parametrize("case", ["one core", "as many threads", "told", "cuda"])
def test_halves_take_no_core_that_is_not_there(two_cores, monkeypatch, case):
    """Guards two looks on one core, each the slower for the other."""
    device = torch.device("cuda" if case == "cuda" else "cpu")
    if case == "one core":
        monkeypatch.setattr("diffgem_engine.core.cores.allowed_cores", lambda: 1)
    if case == "as many threads":
        monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    if case == "told":
        monkeypatch.setitem(os.environ, "OMP_NUM_THREADS", "1")
    threads = Halves.of(device).look(
        lambda rows: [threading.current_thread() for _ in rows], [0, 1]
    )
    assert threads == [threading.current_thread()] * 2


@pytest.mark.parametrize("bad", [{0}, {1}, {0, 1}])
def test_a_half_that_fails_fails_the_look_when_both_are_done(two_cores, bad):
    """Guards a half that is still looking while its rows are looked at again."""
    done, halves = [], Halves.of(CPU)

    def look(batch):
        done.extend(batch)
        if bad & {*batch}:
            raise ValueError(min(batch))
        return batch

    with pytest.raises(ValueError, match=str(min(bad))):
        halves.look(look, [0, 1])
    assert sorted(done) == [0, 1]
    assert halves.look(lambda batch: batch, [0, 1]) == [0, 1]


def test_no_result_depends_on_who_looks(two_cores):
    """Guards tensors that both threads write, and gradients that the second one records."""
    wanted = [*alike(), *mixed()]
    expected = alone(wanted)
    assert [end.result for end in run(Engine(tiny_runner(), UNIFORM), *wanted)] == expected


def test_prompts_of_any_length_share_a_pass_where_none_is_padded(monkeypatch):
    """Guards users of one engine who wait for one another because their files differ."""
    runner, rows = tiny_runner(), []
    denoise = runner.denoise
    monkeypatch.setattr(runner, "denoise", lambda batch: rows.append(len(batch)) or denoise(batch))
    wanted = [one for one in mixed() if len(one.canvas) == 8]
    assert len({one.bucket.prompt for one in wanted}) > 1
    together = run(tiny_engine(), *wanted)
    assert max(rows) == len(wanted)
    assert [end.result for end in together] == alone(wanted)


def test_rows_of_one_request_have_buffers_of_their_own(two_cores):
    """Guards seeds, or lengths, that write their keys over one another's: two threads look at them,
    and the same request had another answer each time.
    """
    wanted = evolve(alike()[0], path="hypotheses", seeds=4)
    engine, ended = Engine(tiny_runner(), UNIFORM), []
    sequence = submit(engine, wanted, ended)
    engine.step()
    buffers = [trial.sequence.live.prefix.layers[0][0].data_ptr() for trial in sequence.trials]
    assert len(set(buffers)) == 4
    while not engine.idle:
        engine.step()
    assert ended[0].result == alone([wanted])[0]
