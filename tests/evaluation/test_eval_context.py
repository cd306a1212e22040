"""`diffgem-engine eval context`, with an engine of its own."""

import json
import random

import pytest
from attrs import evolve

from diffgem_engine.__main__ import main
from diffgem_engine.evaluation import context, trees
from diffgem_engine.evaluation.cuts import Hole
from diffgem_lsp.index.local import indexed

LIB = "def helper(first, second):\n    return first + second\n" + "# filler\n" * 30
USE = "from lib import helper\n\n\ndef main(first, second):\n    return helper(first, second)\n" * 6
KEYS = {"n", "gain_nats", "ci95", "better", "worse"}


@pytest.fixture
def source(tmp_path):
    (tmp_path / "lib.py").write_text(LIB)
    (tmp_path / "use.py").write_text(USE)
    return tmp_path


@pytest.fixture
def evaluate(source, checkpoint_folder, capsys):
    def run(*arguments):
        where = ["--source", str(source), "--model", str(checkpoint_folder), "--device", "cpu"]
        code = main(["eval", "context", *where, "--limit", "6", "--tokens", "96", *arguments])
        return code, *capsys.readouterr()

    return run


def test_every_way_has_its_figures(evaluate):
    """Guards keys that scripts read."""
    code, printed, complaints = evaluate("--json")
    ways = json.loads(printed)["ways"]
    assert (code, complaints) == (0, "")
    assert list(ways) == ["nothing", "declarations, 96", "open files, 96", "both, 96"]
    assert all(set(found) == KEYS for found in ways.values())
    assert ways["nothing"]["n"] > 0
    assert (ways["nothing"]["gain_nats"], ways["nothing"]["better"]) == (0.0, 0)
    assert ways["declarations, 96"]["gain_nats"] != 0.0  # something stood there


def test_the_table(evaluate):
    code, printed, _ = evaluate()
    assert code == 0
    assert printed.startswith("what stands before")
    assert len(printed.splitlines()) == 5


def test_gains_are_against_nothing():
    rows = [{"nothing": -3.0, "some": -1.0}, {"nothing": -2.0, "some": -3.0}] * 2
    found = context.figures(rows, "some")
    assert (found["n"], found["gain_nats"], found["better"], found["worse"]) == (4, 0.5, 2, 2)
    assert found["ci95"] == pytest.approx(1.96 * 3**0.5 / 2)
    assert context.figures([], "some")["gain_nats"] is None


async def test_the_holes_own_file_is_not_open_beside_it(source, tmp_path):
    """The answer stood in the context."""
    files = trees.source_files(source)
    use = next(file for file in files if file.path == "use.py")
    index = indexed([source], tmp_path / "cache")
    found = context.Workspace(source, files, index)
    hole = Hole("rest", use, USE.index("helper(first, second)"), len(USE))
    snapshot = evolve(hole.snapshot(), uri=found.uri(use))
    both = context.ways_of([96])["both, 96"]
    snippets = found.beyond(hole, random.Random(0)).snippets(snapshot, both)
    names = {each.file for each in snippets}
    assert "lib.py" in names
    assert "use.py" not in names
    await index.close()
