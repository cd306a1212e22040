"""`diffgem-engine eval humaneval-infilling`: what is asked of an engine, and what is printed."""

import json

import pytest
from attrs import evolve
from problem_files import problem, write

from diffgem_engine.__main__ import main
from diffgem_engine.evaluation.infilling import Filler, indent_of
from diffgem_engine.evaluation.sandbox import capabilities as kernel
from diffgem_engine.protocol import Candidate, Result, Sampling


class Scripted:
    """Answers every request with one text, and keeps the requests."""

    def __init__(self, text):
        self.text, self.asked = text, []

    async def infill(self, prefix, suffix, canvas, *, sampling, path):
        self.asked.append((prefix, suffix, canvas[0].slots, path))
        return Result(1, (Candidate((self.text,), 1.0),), 3, 1, 1, 0.0, 0.0, 7.0)


def filler(text):
    engine = Scripted(text)
    return engine, Filler(engine, Sampling(), lambda: None)


LINE = problem(task_id="SingleLineInfilling/HumanEval/0/L0")
LINES = [evolve(LINE, task_id=f"{LINE.task_id[:-1]}{number}") for number in range(3)]


async def test_a_line_is_asked_for_behind_its_indent():
    """Guards holes at the start of a line, where no cursor stands and no model was taught."""
    engine, fill = filler("y = 2 * x\nmore")
    assert await fill.diffusion(LINE) == "    y = 2 * x\n"
    assert engine.asked == [(LINE.prompt + "    ", "\n" + LINE.suffix, 22, "diffusion")]
    assert fill.figures() == {"steps": 3.0, "denoise_ms": 7.0}


async def test_lines_and_spans_are_asked_for_as_they_are():
    """Guards several lines that are cut to one, and a newline put into the middle of a line."""
    lines = problem(task_id="MultiLineInfilling/HumanEval/0/L0_L1")
    engine, fill = filler("y = x\n    y += x")
    assert await fill.autoregressive(lines) == "    y = x\n    y += x\n"
    span = problem(task_id="RandomSpanInfilling/HumanEval/0/1", prompt="def f():\n", suffix="+ 1\n")
    assert await fill.diffusion(span) == "y = x\n    y += x"
    assert engine.asked[1] == ("def f():\n", "+ 1\n", 54, "diffusion")
    assert engine.asked[0][3] == "autoregressive"
    assert fill.figures()["steps"] == 3.0


@pytest.mark.parametrize(
    ("prompt", "suffix", "indent"),
    [
        ("def f():\n", "    return 1\n", "    "),
        ("def f():\n    a = 1\n", "    return 1\n", "    "),
        ("    if a:  # so\n", "", "        "),
        ("    for a in b:\n        return a\n", "    return None\n", "    "),
        ("    for a in b:\n        c(a)\n", "    return None\n", "        "),
        ('def f():\n    """Says: this."""\n', "    return 1\n", "    "),
        ("def f():\n    return 1\n", "", "    "),
    ],
)
def test_the_cursor_stands_where_an_editor_puts_it(prompt, suffix, indent):
    assert indent_of(problem(prompt=prompt, suffix=suffix)) == indent


@pytest.fixture
def evaluate(checkpoint_folder, capsys, tmp_path):
    def run(*arguments, data=None):
        data = data or write(tmp_path / "data.jsonl.gz", LINES)
        where = ["--data", str(data), "--model", str(checkpoint_folder), "--device", "cpu"]
        code = main(["eval", "humaneval-infilling", *where, "--steps", "1", *arguments])
        return code, *capsys.readouterr()

    return run


def test_the_report_has_the_model_and_its_baselines(evaluate):
    """Guards keys that scripts read."""
    code, printed, complaints = evaluate("--limit", "2", "--json")
    report = json.loads(printed)
    assert (code, complaints) == (0, "")
    assert {"pass@1", "ci95", "n"} <= set(report["model"])
    assert report["model"]["n"] == 2
    assert set(report["baselines"]) == {"empty", "repeat", "copy", "autoregressive"}
    answered = [answer["task_id"] for answer in report["answers"]]
    assert answered == [LINES[0].task_id, LINES[2].task_id]
    assert report["steps"] == 1.0


def test_the_table_has_a_row_for_each(evaluate):
    code, printed, _ = evaluate()
    assert code == 0
    rows = [line.split()[0] for line in printed.splitlines()[1:]]
    assert rows == ["model", "empty", "repeat", "copy", "autoregressive"]


def test_it_says_what_was_evaluated(evaluate, checkpoint_folder):
    """Guards a score that nobody can tell from another model's."""
    _, printed, _ = evaluate("--limit", "1", "--json")
    report = json.loads(printed)
    assert report["about"]["model"] == str(checkpoint_folder)
    assert report["about"]["device"] == "cpu"
    assert report["sandbox_lacks"] == []


def test_a_sandbox_that_is_only_partly_there_says_so(evaluate, monkeypatch):
    """Guards a model's programs that run with less around them than the page promises."""
    monkeypatch.setattr(kernel, "capabilities", lambda: kernel.Capabilities(False, 0, True))
    code, printed, complaints = evaluate("--limit", "1", "--json")
    assert code == 0
    assert complaints.count("the sandbox is only partly there") == 2
    assert len(json.loads(printed)["sandbox_lacks"]) == 2


def test_a_file_of_another_shape_is_one_line(evaluate, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"task_id": "a"}\n')
    for data in (bad, tmp_path / "none.jsonl"):
        code, _, error = evaluate(data=data)
        assert code == 2
        assert error.startswith("diffgem-engine: ")
        assert len(error.splitlines()) == 1
