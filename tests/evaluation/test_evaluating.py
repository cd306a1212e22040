"""What every evaluation refuses alike: in one line, by the exit code that its page names."""

import sys
from pathlib import Path

import pytest
from checkpoints import python_files
from problem_files import problem, write

from diffgem_engine.__main__ import main
from diffgem_engine.commands import evaluating

BENCHMARKS = ("holes", "humaneval-infilling", "repair", "scorecard", "sudoku")


@pytest.fixture(params=BENCHMARKS)
def evaluate(request, tmp_path, capsys):
    """One benchmark on good input; the engine is for the test to choose."""
    source, data = tmp_path / "source", write(tmp_path / "data.jsonl", [problem()])
    source.mkdir()
    for path in python_files(4):
        (source / path.name).write_bytes(path.read_bytes())
    given = {
        "holes": ("--source", source), "humaneval-infilling": ("--data", data),
        "repair": ("--source", source), "sudoku": (),
        "scorecard": ("--source", source, "--out", tmp_path / "out"),
    }[request.param]  # fmt: skip

    def run(*arguments):
        code = main(["eval", request.param, *map(str, given), "--limit", "6", *arguments])
        return code, *capsys.readouterr()

    return run


def test_a_model_that_does_not_load_is_one_line(evaluate, tmp_path):
    code, _, error = evaluate("--model", str(tmp_path / "none"))
    assert code == 1
    assert "no checkpoint folder" in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("endpoint", "code"), [("tcp://nowhere:0", 2), ("unix:/nowhere/at/all", 3)]
)
def test_an_engine_that_is_not_there_is_one_line(evaluate, endpoint, code):
    found, _, error = evaluate("--engine", endpoint)
    assert found == code
    assert len(error.splitlines()) == 1
    assert "Traceback" not in error


@pytest.mark.parametrize(
    "option",
    [("--model", "x"), ("--device", "cpu"), ("--quantize", "int4"), ("--format", "pinned")],
)
def test_a_running_engine_has_a_model_of_its_own(evaluate, option):
    """Guards the score of one model under the other's name."""
    code, printed, error = evaluate("--engine", "unix:/nowhere.sock", *option)
    assert (code, printed) == (2, "")
    assert f"leave {option[0]} out" in error


def test_a_report_on_a_full_disk_is_one_line(tmp_path, capsys, monkeypatch):
    """Guards two tracebacks, of the print and of Python's end."""
    (tmp_path / "a.py").write_bytes(python_files(1)[0].read_bytes())
    monkeypatch.setattr(evaluating, "evaluate", lambda *_: {"about": {}})
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert main(["eval", "holes", "--source", str(tmp_path), "--json"]) == 4
    said = "cannot write the output: No space left on device; make room, or send it elsewhere"
    assert capsys.readouterr().err == f"diffgem-engine: {said}\n"
