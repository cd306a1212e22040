"""What a run says of itself while it goes on."""

import json

import pytest
from attrs import evolve
from trainers import PLAN, run_of, trainer

from diffgem_engine.training import progress

pytestmark = pytest.mark.usefixtures("_signal_handlers")


def log_lines(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


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
