"""`diffgem-engine eval next-edits`, on a checkpoint that knows nothing."""

import json

import pytest
from checkpoints import python_files

from diffgem_engine.__main__ import main
from diffgem_engine.evaluation.next_edits.drawing import MAKERS
from diffgem_lsp.next_edits.proposals import KINDS

REPORT = {
    "about", "shipped", "fitted", "margins", "baselines", "sweep", "chosen_on", "latency_ms",
    "samples",
}  # fmt: skip


@pytest.fixture
def evaluate(tmp_path, checkpoint_folder, capsys):
    folder = tmp_path / "source"
    folder.mkdir()
    for path in python_files(2):
        (folder / path.name).write_bytes(path.read_bytes())

    def run(*arguments, source=folder):
        where = ["--source", str(source), "--model", str(checkpoint_folder), "--device", "cpu"]
        code = main(["eval", "next-edits", *where, *arguments])
        return code, *capsys.readouterr()

    return run


def test_every_figure_is_a_key(evaluate):
    """Guards keys that scripts read."""
    code, printed, complaints = evaluate("--json", "--limit", "1")
    report = json.loads(printed)
    assert (code, complaints) == (0, "")
    assert set(report) == REPORT
    groups = {"half done", "finished", *MAKERS}
    for figures in (report["shipped"], report["fitted"], *report["baselines"].values()):
        assert set(figures) == groups
    assert set(report["baselines"]) == {"tree alone", "model alone"}
    assert set(report["margins"]["shipped"]) == set(report["sweep"]) == set(KINDS)
    halves = [report[half]["half done"]["found"]["n"] for half in ("shipped", "chosen_on")]
    assert all(halves)


def test_the_table_has_a_row_a_kind(evaluate):
    code, printed, _ = evaluate("--limit", "1", "--seed", "3")
    assert code == 0
    for name in ("half done", "finished", *MAKERS, "tree alone: finished", *KINDS):
        assert any(line.startswith(name) for line in printed.splitlines())


def test_bad_input_is_one_line(evaluate, tmp_path):
    code, _, error = evaluate(source=tmp_path / "none")
    assert code == 2
    assert error.startswith("diffgem-engine: ")
    assert "--source" in error
    assert len(error.splitlines()) == 1
