"""The last phase, in which the model learns what it writes itself; and its batches."""

import signal

import pytest
import torch
from attrs import evolve
from trainers import PLAN, Interrupting, assert_equal_states, source, trainer, weights

from diffgem_engine.training import objective

pytestmark = pytest.mark.usefixtures("_signal_handlers")


def test_what_the_model_itself_writes_is_learnt_at_last(tmp_path, monkeypatch):
    """Guards a last phase that trains on as before, or on a teacher that moves with its student."""
    monkeypatch.setattr(objective, "OWN_TEXT", 1.0)
    student = trainer(tmp_path, evolve(PLAN, encoder_first=0.0, distil=1.0))
    ids, canvas = source().batch(0)
    student._train_on(ids, canvas)
    taught = student.objective._retold(ids, canvas, 0)
    assert not torch.equal(taught.targets, canvas.targets)
    teacher = {name: weight.clone() for name, weight in student.objective.teacher_state().items()}
    student._train_on(ids, canvas)
    assert_equal_states((0, teacher), (0, student.objective.teacher_state()))


def test_the_teacher_writes_once_for_a_lesson(tmp_path, monkeypatch):
    """Guards the time that it takes, which is several steps'."""
    monkeypatch.setattr(objective, "OWN_TEXT", 1.0)
    student = trainer(
        tmp_path, evolve(PLAN, encoder_first=0.0, distil=1.0), Interrupting(signal.SIGTERM, last=5)
    )
    fill, seeds = student.objective._teaching.fill, []

    def counted(ids, canvas, seed):
        seeds.append(seed)
        return fill(ids, canvas, seed)

    monkeypatch.setattr(student.objective._teaching, "fill", counted)
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
