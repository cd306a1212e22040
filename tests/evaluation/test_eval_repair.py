"""`diffgem-engine eval repair`, with an engine of its own and with a running one."""

import json

import pytest
from checkpoints import python_files
from running import here_and_there

from diffgem_engine.__main__ import main
from diffgem_engine.checkpoint import loading
from diffgem_engine.evaluation import chunks, mistakes, repair, trees

KEYS = {"n", "found", "mended", "found_and_mended", "mendable", "auc", "rank1"}
CLEAN = {"clean_left_alone", "false_alarms_per_100_tokens"}


@pytest.fixture
def evaluate(source, checkpoint_folder, capsys):
    def run(*arguments, model=checkpoint_folder, source=source):
        where = ["--source", str(source), "--model", str(model), "--device", "cpu"]
        code = main(["eval", "repair", *where, "--limit", "8", *arguments])
        return code, *capsys.readouterr()

    return run


def test_every_figure_is_a_key(evaluate):
    """Guards keys that scripts read."""
    code, printed, complaints = evaluate("--json")
    report = json.loads(printed)
    assert (code, complaints) == (0, "")
    assert set(report["model"]) == KEYS | CLEAN
    assert set(report["chosen_on"]) == CLEAN
    assert set(report["kinds"]) == set(mistakes.KINDS)
    assert all(set(figures) == KEYS for figures in report["kinds"].values())
    assert set(report["baselines"]) == {"random", "rarest"}
    assert 0 <= report["threshold"] <= 1
    assert report["model"]["n"] == sum(figures["n"] for figures in report["kinds"].values()) > 12
    assert report["model"]["clean_left_alone"]["n"] == 4
    assert len(report["samples"]) == min(20, report["model"]["n"])


def test_the_table_has_a_row_a_kind(evaluate):
    code, printed, _ = evaluate("--seed", "3")
    first = [line.split()[0] for line in printed.splitlines() if line.strip()]
    assert code == 0
    assert first[:7] == ["mistake", "all", *mistakes.KINDS]
    assert "clean chunks left alone" in printed
    assert "rank 1 of rarest" in printed


def test_one_file_has_no_renames_and_still_a_table(evaluate, tmp_path):
    """Guards a dash that is formatted as a number."""
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "a.py").write_bytes(python_files(1)[0].read_bytes())
    code, printed, _ = evaluate(source=alone)
    assert code == 0
    (stale,) = [line for line in printed.splitlines() if line.startswith("stale")]
    assert stale.split()[1:3] == ["0", "-"]


@pytest.mark.parametrize("arguments", [[], ["--limit", "1"]])
def test_bad_input_is_one_line_before_a_model_is_loaded(evaluate, tmp_path, source, arguments):
    nowhere = tmp_path / "none"
    code, _, error = evaluate(*arguments, source=source if arguments else nowhere, model=nowhere)
    assert code == 2
    assert error.startswith("diffgem-engine: ")
    assert "--source" in error
    assert len(error.splitlines()) == 1


async def test_a_running_engine_gives_the_same_figures(source, checkpoint_folder):
    """Guards a remote engine that is asked for something else, to the last bit."""
    loaded = loading.load(checkpoint_folder)
    cut = chunks.cut_chunks(trees.source_files(source), 6)
    made = mistakes.make_mistakes(cut)
    here, there = await here_and_there(loaded, lambda engine: repair.evaluate(engine, cut, made))
    for report in (here, there):
        report.latency_ms.clear()
    assert here == there
