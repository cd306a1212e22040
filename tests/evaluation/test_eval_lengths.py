"""`diffgem-engine eval lengths`, and the bias that it writes."""

import json
import shutil

import pytest
import torch
from checkpoints import python_files, write_published

from diffgem_engine.__main__ import main
from diffgem_engine.checkpoint.lengths_json import LENGTHS_FILE, described
from diffgem_engine.checkpoint.loading import embedded_model, load
from diffgem_engine.evaluation.lengths.ablation import Tried, figures
from diffgem_engine.evaluation.lengths.ways import MEANINGS
from diffgem_engine.training.corpus.documents import Corpus, Document

CPU = torch.device("cpu")
GUESSING = {
    "fixed", "surest", "CAL", "surest, PILL", "CAL, PILL", "CAL, PILL, 4", "few", "few, CAL",
    "PILL", "suffix", "suffix opened", "PILL + suffix", "oracle",
}  # fmt: skip
ENDING = {"<eom>", "<eom>, oracle"}


@pytest.fixture
def evaluate(source, checkpoint_folder, capsys):
    def run(*arguments, model=checkpoint_folder, where=("--source", str(source))):
        chosen = ["--model", str(model), "--device", "cpu"]
        code = main(["eval", "lengths", *where, *chosen, "--calibrate", "10", *arguments])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def corpus(tmp_path):
    documents = [
        Document("p", path.name, path.read_text(encoding="utf-8")) for path in python_files(3)
    ]
    Corpus(documents[:2], documents[2:]).save(tmp_path / "corpus")
    return tmp_path / "corpus"


def test_every_way_is_there_with_its_figures(evaluate):
    """Guards keys that scripts read, and ways that not all cases went."""
    code, printed, complaints = evaluate("--limit", "2", "--slots", "6", "--json")
    report = json.loads(printed)
    assert (code, complaints, report["cases"]) == (0, "", 2)
    assert report["guesses"] == [6, 5, 4, 3, 2, 1]
    assert set(report["calibration"]) == {"pinned", "native, cut"}
    ways = report["ablation"]
    assert {name: set(found) for name, found in ways.items()} == {
        "pinned": GUESSING, "native, cut": GUESSING, "native": ENDING,
    }  # fmt: skip
    assert set(MEANINGS) == GUESSING | ENDING
    for family, found in ways.items():
        for way in found.values():
            assert way["exact_match"]["n"] == 2
            assert way["latency_ms"]["p50"] > 0
            compared = {"<eom>"} if family == "native" else {"PILL", "<eom>"}
            assert set(way["over"]) == compared
    for family in ("pinned", "native, cut"):
        assert ways[family]["oracle"]["right_length"]["share"] == 1


def test_a_checkpoint_that_was_taught_no_end_has_one_family(evaluate, tmp_path):
    """Guards a format that a checkpoint's files do not speak of."""
    published = write_published(tmp_path / "published")
    code, printed, _ = evaluate("--limit", "1", "--slots", "4", "--json", model=published)
    report = json.loads(printed)
    assert code == 0
    assert set(report["ablation"]) == {"pinned"}
    assert set(report["ablation"]["pinned"]["fixed"]["over"]) == {"PILL"}


def test_the_table_has_a_row_for_each_way(evaluate, corpus):
    where = ("--corpus", str(corpus))
    code, printed, _ = evaluate("--limit", "1", "--slots", "4", where=where)
    assert code == 0
    rows = [line.strip() for line in printed.splitlines() if line.startswith("  ")]
    for name in GUESSING | ENDING:
        assert any(row.startswith(name) for row in rows)
        assert f"{name:16}{MEANINGS[name]}" in printed
    assert "guesses of 4, 3, 2, 1 slots" in printed


AGAIN = """import os
def read(path):
    with open(path) as file:
        return file.read()

x = 1
for name in names:
    print(name)
assert read(os.path.join(folder, name)) == text
"""


def test_a_fitted_bias_is_what_the_checkpoint_then_has(evaluate, tmp_path):
    """Guards a file that is written in another place, or other words, than it is read in."""
    copy = shutil.copytree(embedded_model(), tmp_path / "copy")
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "again.py").write_text(AGAIN * 5)
    fit = ("--fit", str(copy), "--calibrate", "20", "--json")
    where = ("--source", str(tmp_path / "again"))
    code, printed, complaints = evaluate(*fit, model=copy, where=where)
    assert (code, complaints) == (0, "")
    report = json.loads(printed)
    assert report["written"] == str(copy / LENGTHS_FILE)
    fitted = report["calibration"]["pinned"]
    assert fitted["cases"] == 20
    assert [each["terms"] for each in fitted["checked"]] == [0, 1, 2, 3]
    form = load(copy, CPU, wanted="pinned").form
    assert [list(entry) for entry in form.length_bias] == fitted["bias"]


def test_where_nothing_can_be_fitted_nothing_is_written(evaluate, tmp_path):
    """Guards a random model's bias, and an old file that is lost for it."""
    folder = shutil.copytree(embedded_model(), tmp_path / "copy")
    before = described(((4, 0.5),))
    (folder / LENGTHS_FILE).write_text(before)
    short = tmp_path / "short"
    short.mkdir()
    (short / "short.py").write_text("# nothing to see\n" * 12 + "value = other(1, 2)\n" * 3)
    where = ("--source", str(short))
    code, _, error = evaluate("--fit", str(folder), model=folder, where=where)
    assert (code, len(error.splitlines())) == (2, 1)
    assert "cases are too few to fit a bias to; give more of them" in error
    assert (folder / LENGTHS_FILE).read_text() == before


def test_the_bias_is_that_of_the_checkpoint_it_is_written_to(evaluate, tmp_path, corpus):
    """Guards one model's bias beside another's weights."""
    code, _, error = evaluate("--fit", str(tmp_path), where=("--corpus", str(corpus)))
    assert (code, len(error.splitlines())) == (2, 1)
    assert "leave --model out" in error


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--source", "nowhere"), "is no folder"),
        (("--source", "@/lineless"), "lineless has no line to fill; give another"),
        (("--source", "@/few"), "3 lines leave none to compare on; give --calibrate fewer"),
        (("--corpus", "nowhere"), "no held_out.jsonl"),
    ],
)
def test_bad_input_is_one_line(evaluate, tmp_path, arguments, words):
    for name, code in (("lineless", ""), ("few", "x = other(1)\n" * 3)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").write_text("# nothing to fill on this line\n" * 10 + code)
    code, _, error = evaluate(where=[each.replace("@", str(tmp_path)) for each in arguments])
    assert (code, len(error.splitlines())) == (2, 1)
    assert words in error


def test_lines_that_leave_none_to_compare_on_are_too_few(evaluate, tmp_path):
    """Guards a table of nothing."""
    few = tmp_path / "few"
    few.mkdir()
    (few / "few.py").write_text("# nothing to see\n" * 12 + "value = other(1, 2)\n" * 3)
    code, _, error = evaluate(where=("--source", str(few)))
    assert (code, "--calibrate" in error) == (2, True)


def test_a_model_that_does_not_load_is_one_line(evaluate, tmp_path):
    code, _, error = evaluate(model=tmp_path / "none")
    assert (code, len(error.splitlines())) == (1, 1)


@pytest.mark.parametrize(
    ("option", "value"), [("--slots", "129"), ("--guesses", "1"), ("--calibrate", "9")]
)
def test_numbers_are_checked_before_any_work(evaluate, capsys, option, value):
    with pytest.raises(SystemExit) as ended:
        evaluate(option, value)
    assert ended.value.code == 2
    assert f"argument {option}: {value}" in capsys.readouterr().err


def test_gains_are_paired():
    """Guards a gain over another case's answer, and one with its sign turned round."""
    right = {"PILL": [1, 0, 0, 1], "CAL": [0, 0, 0, 1], "oracle": [1, 1, 1, 1]}
    ways = {name: [Tried(bool(one), False, 1.0) for one in each] for name, each in right.items()}
    ended = [Tried(bool(one), True, 1.0) for one in [0, 0, 1, 1]]
    found = figures({"pinned": ways, "native": {"<eom>": ended}})["pinned"]
    assert {name: way["over"]["PILL"]["gain"] for name, way in found.items()} == {
        "PILL": 0.0, "CAL": -0.25, "oracle": 0.5,
    }  # fmt: skip
    assert found["PILL"]["over"]["<eom>"]["gain"] == 0.0
    low, high = found["PILL"]["over"]["<eom>"]["ci95"]
    assert low < 0 < high
    assert found["oracle"]["exact_match"]["share"] == 1.0
