"""`diffgem-engine eval holes`, with an engine of its own and with a running one."""

import json

import pytest
from running import here_and_there

from diffgem_engine.__main__ import main
from diffgem_engine.checkpoint import loading
from diffgem_engine.evaluation import cuts, holes, trees
from diffgem_engine.evaluation.asking import engine_of
from diffgem_engine.protocol import Sampling

KEYS = {
    "n", "exact_match", "written_exact_match", "edit_similarity", "syntax_valid", "length_error",
    "shown", "rightly_quiet", "quiet_because", "origin", "calibration", "latency_ms", "steps",
    "tokens_per_forward", "cost_per_retained",
}  # fmt: skip
BASELINES = {"autoregressive", "oracle_length", "fixed_length", "repeat", "copy", "copy_alike"}


@pytest.fixture
def evaluate(source, checkpoint_folder, capsys):
    def run(*arguments, model=checkpoint_folder, source=source):
        where = ["--source", str(source), "--model", str(model), "--device", "cpu"]
        code = main(["eval", "holes", *where, "--limit", "6", "--steps", "1", *arguments])
        return code, *capsys.readouterr()

    return run


def test_every_figure_is_a_key(evaluate):
    """Guards keys that scripts read."""
    code, printed, complaints = evaluate("--json")
    report = json.loads(printed)
    assert (code, complaints) == (0, "")
    assert set(report["model"]) == KEYS
    assert set(report["kinds"]) == set(cuts.KINDS)
    assert all(set(figures) == KEYS for figures in report["kinds"].values())
    assert set(report["baselines"]) == BASELINES
    assert all(0 <= each["syntax_valid"] <= 1 for each in report["baselines"].values())
    assert report["model"]["n"] == 6
    assert report["model"]["steps"] == 1
    assert {"adaptive_of_oracle_length", "diffusion_of_autoregressive"} <= set(report["ratios"])
    assert len(report["samples"]) == 6


def test_the_table_has_a_row_a_kind(evaluate):
    code, printed, _ = evaluate("--no-baselines")
    lines = printed.splitlines()
    assert code == 0
    assert [line.split()[0] for line in lines[1:]] == ["all", *dict.fromkeys(kinds(lines[2:]))]
    assert "baselines" not in printed


def kinds(lines):
    return [line.split()[0] for line in lines]


def test_bad_input_is_one_line_before_a_model_is_loaded(evaluate, tmp_path):
    code, _, error = evaluate(source=tmp_path / "none", model=tmp_path / "none")
    assert code == 2
    assert error.startswith("diffgem-engine: ")
    assert "--source" in error
    assert len(error.splitlines()) == 1


async def test_a_running_engine_gives_the_same_figures(source, checkpoint_folder):
    """Guards a team's figures that are another thing than those of the model's card."""
    loaded = loading.load(checkpoint_folder)
    cut = cuts.cut_holes(trees.source_files(source), 6)
    here, there = await here_and_there(
        loaded, lambda engine: holes.evaluate(engine, cut, Sampling(steps=2))
    )
    for report in (here, there):
        for figures in (report.model, *report.kinds.values()):
            figures["latency_ms"] = figures["cost_per_retained"]["ms"] = None
    assert here == there


async def test_each_request_is_counted(source, checkpoint_folder):
    """Guards a bar that ends before the work does."""
    cut = cuts.cut_holes(trees.source_files(source), 6)
    ticks = []
    async with engine_of(loading.load(checkpoint_folder)) as engine:
        await holes.evaluate(engine, cut, Sampling(steps=1), tick=lambda: ticks.append(1))
    assert len(ticks) == holes.requests(len(cut), with_baselines=True)
