"""A run learns, within its budget."""

from itertools import count

import pytest
import torch
from attrs import evolve
from trainers import PLAN, assert_equal_states, source, trainer, weights

from diffgem_engine.training.plan import Plan

pytestmark = pytest.mark.usefixtures("_signal_handlers")


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


def test_a_budget_of_steps_teaches_as_much_on_every_machine(tmp_path):
    """Guards rates that go by a clock, and a busy machine that learns less."""
    plan = evolve(PLAN, minutes=1e-9, steps=3)
    for name, pace in (("slow", 50), ("fast", 1)):
        ticks = count(step=pace)
        trainer(tmp_path / name, plan, clock=lambda ticks=ticks: float(next(ticks))).run(1e9)
    assert weights(tmp_path / "slow")[0] == 3
    assert_equal_states(weights(tmp_path / "slow"), weights(tmp_path / "fast"))


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


def test_the_rate_warms_up_and_decays():
    """Guards a schedule that ends before the budget does."""
    plan = Plan(minutes=10, warmup=0.1, decay=0.5)
    shares = (0.0, 0.05, 0.1, 0.4, 0.5, 0.75, 0.99, 1.5)
    rates = [plan.rate(share) for share in shares]
    assert rates == pytest.approx([0.02, 0.5, 1.0, 1.0, 1.0, 0.5, 0.02, 0.02])
