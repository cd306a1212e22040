"""`diffgem-lsp explain`: what would be sent, without an editor."""

import json

import pytest

from diffgem_lsp.__main__ import main


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (project / "lib.py").write_text("def helper(first):\n    return first\n")
    (project / "main.py").write_text("from lib import helper\n\nhelper(\n")
    return project


def test_explain_prints_json(socket, capsys, project):
    """What is sent, and where it is from, without an editor."""
    assert main(["explain", f"{project}/main.py:3:8", "--json", "--socket", socket]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["prefix"] == ("# lib.py\ndef helper(first):\n\nfrom lib import helper\n\nhelper(")
    assert [each["file"] for each in found["snippets"]] == ["lib.py"]


def test_explain_prints_a_page(socket, capsys, project):
    place = f"{project}/main.py:3:8"
    assert main(["explain", place, "--socket", socket, "--context-tokens", "0"]) == 0
    page = capsys.readouterr().out
    assert "the preamble 0 of at most 0" in page
    assert "── prefix\nfrom lib import helper\n\nhelper(\n" in page


def test_explain_says_why_nothing_is_sent(socket, capsys, project):
    place = f"{project}/main.py:3:8"
    assert main(["explain", f"{project}/main.py:99:1", "--socket", socket]) == 2
    assert "has no line 99" in capsys.readouterr().err
    (project / ".gitignore").write_text("main.py\n")
    assert main(["explain", place, "--socket", socket]) == 2
    assert "ignored" in capsys.readouterr().err
