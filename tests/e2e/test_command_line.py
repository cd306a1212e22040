"""`diffgem-lsp complete` and `doctor` as processes, on the real engine."""

import json
import subprocess
import sys

import pytest
from real import MODEL

PLACES = {"x = [1, 2, 3]\nprint(": 6, "import os\n\n\ndef f(a):\n    return ": 11}


@pytest.fixture
def run(box):
    def lsp(*arguments, text=None):
        command = [sys.executable, "-m", "diffgem_lsp", *arguments]
        engine = ["--socket", str(box.socket)]
        return subprocess.run(
            [*command, *engine],
            input=text,
            env=box.environment,
            cwd=box.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    return lsp


def test_the_model_really_denoises(run):
    """A server that shows nothing, for whatever reason, passes every other test."""
    for text, column in PLACES.items():
        line = text.count("\n") + 1
        done = run("complete", f"-:{line}:{column + 1}", "--json", "--watch", text=text)
        report = json.loads(done.stdout)
        assert done.returncode == (0 if report["items"] else 1)
        assert report["steps"] > 0
        assert report["latency_ms"] > 0
        assert report["model"] == MODEL
        assert bool(report["items"]) != ("reason" in report)
        assert ("origin" in report) == bool(report["items"])
        for item in report["items"]:
            assert item["text"].strip()
            assert 0 < item["confidence"] <= 1
        steps = [line for line in done.stderr.splitlines() if "│" in line]
        assert len(steps) == report["steps"]
        assert any(char.isalnum() for char in steps[-1].split("│")[1])


def test_a_text_that_stands_elsewhere_needs_no_step(run):
    """Guards a canvas to watch that never comes, with no word about it."""
    line = '    with open(path, encoding="utf-8") as file:'
    text = f"def one(path):\n{line}\n        return file.read()\n\ndef two(path):\n{line[:14]}"
    done = run("complete", "-:6:15", "--watch", text=text)
    said, shown = done.stdout.splitlines()
    assert said == "no step was needed: the document has this text elsewhere"
    assert shown == 'path, encoding="utf-8") as file:'


def test_the_same_seed_says_the_same(run):
    """A bug report that nobody can reproduce."""
    text = "def area(width, height):\n    return "
    reports = [json.loads(run("complete", "-:2:12", "--json", text=text).stdout) for _ in "ab"]
    first, second = ([report["items"], report["steps"]] for report in reports)
    assert first == second


def test_doctor(run):
    done = run("doctor")
    assert done.returncode == 0, done.stdout
    assert "FAIL" not in done.stdout
    assert f"ok    model: {MODEL}" in done.stdout
