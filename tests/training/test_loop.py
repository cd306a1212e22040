"""A run is bounded, stopped, killed and resumed at will.

`run(0)` is one step: a slice ends after the step in which its time is up.  The budgets here are
so long that the clock changes no learning rate, and so runs can be compared to the last bit.
"""

import json
import signal
from itertools import count

import pytest
import torch
from attrs import evolve
from checkpoints import python_files, tiny_form, tiny_tokenizer
from tiny import SIZE
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.training import loop, objective, progress
from diffgem_engine.training.architecture import initialize, small_config
from diffgem_engine.training.corpus.documents import Document
from diffgem_engine.training.errors import DiskFull, PlanChanged, StateDamaged
from diffgem_engine.training.loop import Trainer
from diffgem_engine.training.objective import Objective
from diffgem_engine.training.plan import Plan
from diffgem_engine.training.source import Batches, CodeSource
from diffgem_engine.training.state import write_state

PLAN = Plan(minutes=1e9, rows=2, length=128, encoder_first=0.0, compile=False)
SIZE_HERE = evolve(SIZE, vocab=tiny_form().vocab)


@pytest.fixture(autouse=True)
def _signal_handlers():
    """A run leaves its own behind."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def source(plan=PLAN):
    texts = [path.read_text(encoding="utf-8") for path in python_files(2)]
    documents = [Document("p", str(number), text) for number, text in enumerate(texts)]
    code = CodeSource(documents, tiny_tokenizer(), tiny_form(), plan)
    return Batches(code, tiny_form(), plan.seed)


def trainer(folder, plan=PLAN, batches=None, **more):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = DiffusionGemmaForBlockDiffusion(small_config(SIZE_HERE))
        initialize(model)
    return Trainer(
        Objective(model, tiny_form(), plan), batches or source(plan), plan, folder, **more
    )


def weights(folder):
    state = torch.load(folder / "state.pt", weights_only=True)
    return state["step"], state["model"]


def assert_equal_states(one, two):
    assert one[0] == two[0]
    for name, weight in one[1].items():
        assert torch.equal(weight, two[1][name]), name


class Interrupting:
    """Batches of `source`; the one at place `last` comes with a signal."""

    def __init__(self, number, last):
        self._number, self._last = number, last

    def from_number(self, first, uses):
        for place, batch in enumerate(source().from_number(first, uses)):
            if place == self._last:
                signal.raise_signal(self._number)
            yield batch


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


def test_the_budget_ends_the_run(tmp_path):
    """Guards a run that goes on past its budget, slice after slice."""
    plan = evolve(PLAN, minutes=1e-9)
    trainer(tmp_path, plan).run(1e9)
    assert weights(tmp_path)[0] == 1
    assert trainer(tmp_path, plan).done >= 1


def test_the_budget_is_spent_by_the_clock_that_is_given(tmp_path):
    """Guards comparisons on a busy machine, which go by the processor's time."""
    ticks = count(step=20)
    trainer(tmp_path, evolve(PLAN, minutes=1), clock=lambda: float(next(ticks))).run(1e9)
    assert weights(tmp_path)[0] == 3


def test_it_learns(tmp_path):
    """Guards a gradient that goes nowhere, or uphill."""
    plan = evolve(PLAN, warmup=1e-30)
    batches = (source(plan).batch(number) for number in range(30))
    again = next((ids, canvas) for ids, canvas in batches if canvas.weights.sum() > 10)
    losses = []
    learner = trainer(tmp_path, plan)
    learner._spent_s = 1.0  # past the warm-up
    for _ in range(12):
        losses.append(learner._train_on(*again))
    for name in ("encoder", "canvas"):
        assert losses[-1][name] < losses[0][name] - 0.3


def test_what_the_model_itself_writes_is_learnt_at_last(tmp_path, monkeypatch):
    """Guards a last phase that trains on as before, or on a teacher that moves with its student."""
    monkeypatch.setattr(objective, "OWN_TEXT", 1.0)
    student = trainer(tmp_path, evolve(PLAN, encoder_first=0.0, distil=1.0))
    ids, canvas = source().batch(0)
    student._train_on(ids, canvas)
    taught = student._objective._retold(ids, canvas, 0)
    assert not torch.equal(taught.targets, canvas.targets)
    teacher = {name: weight.clone() for name, weight in student._objective.teacher_state().items()}
    student._train_on(ids, canvas)
    assert_equal_states((0, teacher), (0, student._objective.teacher_state()))


def test_the_teacher_writes_once_for_a_lesson(tmp_path, monkeypatch):
    """Guards the time that it takes, which is several steps'."""
    monkeypatch.setattr(objective, "OWN_TEXT", 1.0)
    student = trainer(
        tmp_path, evolve(PLAN, encoder_first=0.0, distil=1.0), Interrupting(signal.SIGTERM, last=5)
    )
    fill, seeds = student._objective._teaching.fill, []

    def counted(ids, canvas, seed):
        seeds.append(seed)
        return fill(ids, canvas, seed)

    monkeypatch.setattr(student._objective._teaching, "fill", counted)
    student.run(1e9)
    assert weights(tmp_path)[0] == 6
    assert seeds == [0, 4]


def test_lessons_begin_with_the_last_phase(tmp_path):
    """Guards a phase that goes on with the batches of the one before."""
    learner = trainer(tmp_path, evolve(PLAN, encoder_first=0.0, distil=0.5))
    batches = learner._upcoming()
    next(batches)
    learner._step, learner._spent_s = 7, 0.6 * 60 * PLAN.minutes
    ids, canvas = next(batches)
    batches.close()
    wanted, same = source().batch(7, 4)
    assert torch.equal(ids, wanted)
    assert torch.equal(canvas.noisy, same.noisy)


def test_samples_are_shown_with_the_averaged_weights(tmp_path, capsys):
    """Guards a look at other weights than those that are exported, or weights left behind."""
    shown = []

    def sample():
        shown.append(learner.model.model.decoder.norm.weight.detach().clone())
        yield "a sample"

    learner = trainer(tmp_path, sample=sample)
    learner.run(0)
    assert "a sample" in capsys.readouterr().out
    with learner.average.in_place():
        assert torch.equal(shown[0], learner.model.model.decoder.norm.weight)
    assert not torch.equal(shown[0], learner.model.model.decoder.norm.weight)


def log_lines(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def run_of(folder, steps):
    trainer(folder, batches=Interrupting(signal.SIGTERM, last=steps - 1)).run(1e9)


def test_the_log_has_a_line_for_every_so_many_steps(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(progress, "LOG_EVERY_STEPS", 2)
    run_of(tmp_path, 4)
    lines = log_lines(tmp_path)
    assert [line["step"] for line in lines] == [2, 4]
    assert {"encoder", "canvas", "minutes", "done", "tokens"} <= set(lines[0])
    assert lines[1]["tokens"] == 4 * PLAN.rows * PLAN.length
    assert "step 4" in capsys.readouterr().out


def test_a_slices_last_step_is_logged(tmp_path, capsys):
    """Guards a run of less than twenty steps that says nothing and leaves no log."""
    run_of(tmp_path, 3)
    assert [line["step"] for line in log_lines(tmp_path)] == [3]
    assert "step 3" in capsys.readouterr().out


def test_slow_steps_are_logged_by_the_clock(tmp_path, monkeypatch):
    """Guards twenty steps of silence, which are minutes on a slow machine."""
    assert progress.LOG_EVERY_S < 30
    monkeypatch.setattr(progress, "LOG_EVERY_S", 0.0)
    run_of(tmp_path, 3)
    assert [line["step"] for line in log_lines(tmp_path)] == [1, 2, 3]


def test_no_more_than_the_budget_is_ever_said_to_be_done(tmp_path, capsys):
    """Guards "166% of the budget": the last step ends after it; and a spent budget stays so."""
    plan = evolve(PLAN, minutes=1e-9)
    for _ in range(2):
        trainer(tmp_path, plan).run(1e9)
    assert [(line["step"], line["done"]) for line in log_lines(tmp_path)] == [(1, 1.0)]
    assert trainer(tmp_path, plan).done == 1.0
    assert "done 1.0 " in capsys.readouterr().out


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


def test_batches_are_numbered():
    """Guards batches that depend on how many came before."""
    ids, canvas = source().batch(5)
    stream = source().from_number(4)
    next(stream)
    again, same = next(stream)
    stream.close()
    assert torch.equal(ids, again)
    assert all(torch.equal(a, b) for a, b in zip(canvas, same, strict=True))
    other, _ = source().batch(6)
    assert not torch.equal(ids, other)


def test_a_lesson_is_one_batch_under_other_noise():
    """Guards targets that change under what the teacher wrote for them, and noise that does not."""
    lesson = [source().batch(number, 4) for number in (4, 5, 7)]
    for ids, canvas in lesson[1:]:
        assert torch.equal(ids, lesson[0][0])
        assert torch.equal(canvas.targets, lesson[0][1].targets)
        assert not torch.equal(canvas.noisy, lesson[0][1].noisy)
    assert not torch.equal(lesson[0][0], source().batch(8, 4)[0])
    assert torch.equal(lesson[0][0], source().batch(4)[0])


def test_the_rate_warms_up_and_decays():
    """Guards a schedule that ends before the budget does."""
    plan = Plan(minutes=10, warmup=0.1, decay=0.5)
    shares = (0.0, 0.05, 0.1, 0.4, 0.5, 0.75, 0.99, 1.5)
    rates = [plan.rate(share) for share in shares]
    assert rates == pytest.approx([0.02, 0.5, 1.0, 1.0, 1.0, 0.5, 0.02, 0.02])
