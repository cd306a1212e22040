"""A run is stopped, killed and resumed at will.

`run(0)` is one step: a slice ends after the step in which its time is up.  The budgets here are
so long that the clock changes no learning rate, and so runs can be compared to the last bit.
"""

import signal

import pytest
from attrs import evolve
from checkpoints import tiny_form
from trainers import (
    PLAN,
    SIZE_HERE,
    Interrupting,
    assert_equal_states,
    run_of,
    source,
    trainer,
    weights,
)
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.training import loop
from diffgem_engine.training.architecture import small_config
from diffgem_engine.training.errors import DiskFull, PlanChanged, StateDamaged
from diffgem_engine.training.loop import Trainer
from diffgem_engine.training.objective import Objective
from diffgem_engine.training.state import write_state

pytestmark = pytest.mark.usefixtures("_signal_handlers")


@pytest.mark.parametrize("phase", ["encoder", "joint", "distil"])
def test_a_killed_run_goes_on_as_if_it_had_not_been(tmp_path, phase):
    """Guards optimizer state, batch numbers, draws, a teacher: nothing begins anew."""
    shares = {"encoder": (1.0, 0.0), "joint": (0.0, 0.0), "distil": (0.0, 1.0)}[phase]
    plan = evolve(PLAN, encoder_first=shares[0], distil=shares[1])
    trainer(tmp_path / "whole", plan, Interrupting(signal.SIGTERM, last=3)).run(1e9)
    for _ in range(4):
        trainer(tmp_path / "killed", plan).run(0)
    assert weights(tmp_path / "killed")[0] == 4
    assert_equal_states(weights(tmp_path / "whole"), weights(tmp_path / "killed"))


def test_what_was_not_saved_is_done_again(tmp_path):
    """Guards a kill between two saves: the steps after the last one are repeated, no others."""
    trainer(tmp_path / "a").run(0)
    killed = trainer(tmp_path / "a")
    killed._train_on(*killed._batches.batch(1))
    for folder, steps in (("a", 2), ("b", 3)):
        for _ in range(steps):
            trainer(tmp_path / folder).run(0)
    assert_equal_states(weights(tmp_path / "a"), weights(tmp_path / "b"))


def test_a_run_goes_on_only_with_its_own_plan(tmp_path):
    """A longer budget is the same run; another seed is another one."""
    trainer(tmp_path).run(0)
    trainer(tmp_path, evolve(PLAN, minutes=2e9)).run(0)
    with pytest.raises(PlanChanged, match="seed 0, not 5"):
        trainer(tmp_path, evolve(PLAN, seed=5))


def test_a_kill_while_saving_leaves_the_state_before(tmp_path):
    """Guards a half-written state that ends the run for good."""
    trainer(tmp_path).run(0)
    (tmp_path / "state.pt.partial").write_bytes(b"half")
    resumed = trainer(tmp_path)
    resumed.run(0)
    assert weights(tmp_path)[0] == 2


def test_a_disk_that_is_full_for_a_while_ends_no_run(tmp_path, monkeypatch, capsys):
    """Guards hours that were lost with the one save that found no room."""
    monkeypatch.setattr(loop, "SAVE_EVERY_S", -1.0)
    writes = []

    def full_at_first(folder, state):
        writes.append(state["step"])
        if len(writes) == 1:
            raise DiskFull("no space is left")
        write_state(folder, state)

    monkeypatch.setattr(loop, "write_state", full_at_first)
    run_of(tmp_path, 2)
    assert "no space is left" in capsys.readouterr().out
    assert weights(tmp_path)[0] == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_slice_after_the_step_and_saves(tmp_path, number):
    """Guards hours of training that a terminal's hang-up would lose."""
    trainer(tmp_path, batches=Interrupting(number, last=2)).run(1e9)
    assert weights(tmp_path)[0] == 3


def test_a_second_signal_ends_it_at_once(tmp_path, capsys):
    """Guards minutes of compiling that nobody can leave."""
    twice = trainer(tmp_path)
    with twice._stopping_on_signals():
        signal.raise_signal(signal.SIGINT)
        assert "stopping after this step" in capsys.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)


@pytest.mark.parametrize("size", [evolve(SIZE_HERE, hidden=16), evolve(SIZE_HERE, vocab=300)])
def test_a_state_of_another_model_is_refused_in_one_line(tmp_path, size):
    """Guards a page of shapes where a vocabulary or a model was exchanged."""
    model = DiffusionGemmaForBlockDiffusion(small_config(size))
    Trainer(Objective(model, tiny_form(), PLAN), source(), PLAN, tmp_path).save()
    with pytest.raises(
        StateDamaged, match=r"state\.pt is of another model .*another --out"
    ) as error:
        trainer(tmp_path)
    assert "\n" not in str(error.value)
