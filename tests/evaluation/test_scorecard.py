"""`diffgem-engine eval scorecard`: one page, its plots, and the figures behind them."""

import json
from xml.etree import ElementTree

import pytest
from checkpoints import python_files
from problem_files import problem, write

from diffgem_engine.__main__ import main
from diffgem_engine.commands.evaluating import OURS
from diffgem_engine.evaluation import scorecard_page, trees
from diffgem_engine.evaluation.scorecard import STEPS, Scorecard, row

COLUMNS = {
    "exact_match", "written_exact_match", "edit_similarity", "latency_p50_ms", "latency_p95_ms",
    "shown", "validation_failures", "fallbacks", "steps", "steps_per_retained", "ms_per_retained",
}  # fmt: skip


@pytest.fixture
def evaluate(checkpoint_folder, capsys, tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "a.py").write_bytes(python_files(1)[0].read_bytes())

    def run(*arguments, source=folder):
        where = ["--out", str(tmp_path / "out"), "--source", str(source), "--limit", "6"]
        model = ["--model", str(checkpoint_folder), "--device", "cpu"]
        code = main(["eval", "scorecard", *where, *model, *arguments])
        return code, *capsys.readouterr()

    return run


def test_a_page_with_its_plots_and_figures(evaluate, tmp_path):
    """Guards a page that scripts cannot read, and plots that no browser shows."""
    data = write(tmp_path / "data.jsonl", [problem(task_id="SingleLineInfilling/0")])
    code, printed, complaints = evaluate("--data", str(data))
    folder = tmp_path / "out"
    assert (code, complaints) == (0, "")
    assert printed == f"{folder / 'scorecard.md'}\n"
    card = json.loads((folder / "scorecard.json").read_text())
    assert set(card["by_steps"]) == {*map(str, STEPS), "default"}
    assert all(set(each) == COLUMNS for each in card["by_steps"].values())
    assert card["others"]["HumanEval-Infilling"]["problems"] == 1
    assert card["others"]["Repair"]["mistakes"] > 6
    page = (folder / "scorecard.md").read_text()
    for name in ("quality_latency", "length_error", "calibration"):
        assert f"({name}.svg)" in page
        root = ElementTree.parse(folder / f"{name}.svg").getroot()
        assert root.tag.endswith("svg")
    assert "HumanEval-Infilling" in page
    assert "| found, share |" in page


def test_bad_input_is_one_line(evaluate, tmp_path):
    nowhere = tmp_path / "none"
    for code, _, error in (evaluate("--data", str(nowhere)), evaluate(source=nowhere)):
        assert code == 2
        assert len(error.splitlines()) == 1


def test_without_a_source_our_own_is_used():
    """Guards a default that a fresh machine does not have."""
    assert len(trees.source_files(OURS)) > 50


def figures(**fields):
    made = {
        "n": 4, "exact_match": {"share": 0.25, "ci95": [0.1, 0.4], "n": 4},
        "written_exact_match": {"share": 0.5, "ci95": [0.1, 0.9], "n": 4}, "edit_similarity": 0.4,
        "syntax_valid": {"before_filters": 0.75, "after_filters": 1.0},
        "length_error": {"ratio": 0.9, "tokens": 1.0, "exact": 0.5}, "shown": 0.75,
        "rightly_quiet": 1.0, "quiet_because": {"dropped": 1},
        "origin": {"denoised": 2, "draft": 1}, "calibration": {"bins": [], "error": None},
        "latency_ms": {"p50": 10.0, "p95": 20.0}, "steps": 3.0, "tokens_per_forward": 1.5,
        "cost_per_retained": {"steps": 12.0, "ms": 40.0},
    }  # fmt: skip
    return {**made, **fields}


def test_the_columns_that_decide():
    found = row(figures())
    assert found["validation_failures"] == 0.25
    assert found["fallbacks"] == pytest.approx(1 / 3)
    assert found["ms_per_retained"] == 40.0
    assert row(figures(origin={}))["fallbacks"] is None


def test_what_is_missing_is_a_dash_and_code_stays_in_its_cell():
    """Guards a page that breaks at a model that is never right, or at code with a bar in it."""
    nothing = figures(cost_per_retained={"steps": None, "ms": None}, rightly_quiet=None)
    sample = {
        "kind": "line", "before": "x = a | b", "expected": "two\nlines", "shown": "",
        "origin": "denoised", "confidence": 0.1,
    }  # fmt: skip
    holes = {
        "model": nothing, "kinds": {"line": nothing}, "baselines": {}, "samples": [sample],
        "ratios": {"shipped_of_copy": None},
    }  # fmt: skip
    page = scorecard_page.page(Scorecard({"model": "m"}, holes, {"1": row(nothing)}, None))
    assert "None" not in page
    assert "x = a \\| b" in page
    assert "two⏎lines" in page
    (steps,) = [line for line in page.split("\n") if line.startswith("| 1 ")]
    assert steps.count("|") == len(scorecard_page.COLUMNS) + 2
