"""`diffgem-lsp complete`: what it prints, and what it says where there is nothing to print."""

import json

import pytest

from diffgem_lsp.__main__ import main

KEYS = {"items", "latency_ms", "steps", "model"}


def test_complete_prints_the_text(complete, file):
    """Scripts had to parse decorations."""
    assert complete(f"{file}:1:4") == (0, "ONE\n", "")


def test_complete_prints_json(complete, file):
    """Scripts are written against these names."""
    code, out, err = complete(f"{file}:1:3", "--json")
    report = json.loads(out)
    assert (code, err, set(report)) == (0, "", {*KEYS, "origin"})
    assert report["items"] == [{"text": "ON", "confidence": 0.5}]
    assert (report["steps"], report["latency_ms"] > 0) == (2, True)
    assert report["model"].startswith("fake-")


def test_nothing_to_show_has_a_reason(complete, file):
    """An empty answer left everybody guessing."""
    code, out, err = complete(f"{file}:1:1")
    assert (code, out, err) == (1, "", "nothing to show: the model proposes nothing\n")
    code, out, _ = complete(f"{file}:1:1", "--json")
    report = json.loads(out)
    assert (code, set(report), report["items"]) == (1, {*KEYS, "reason"}, [])


def test_watch_shows_a_line_a_step(complete, file):
    code, out, _ = complete(f"{file}:1:3", "--watch")
    legend, steps = out.split("\n", 1)
    assert legend.startswith("step  accepted  noise")
    assert (code, steps) == (0, "  1 │ab│ 1/2\n  2 │ac│ 2/2\nON\n")
    code, out, err = complete(f"{file}:1:3", "--watch", "--json")
    assert set(json.loads(out)) == {*KEYS, "origin"}
    assert err.count("\n") == 3


@pytest.mark.parametrize(
    ("line", "shown", "note"),
    [
        (
            "copied",
            "COPIED",
            "shown instead of it: the document has this text elsewhere, and it is likelier",
        ),
        ("copied now", "NOW", "no step was needed: the document has this text elsewhere"),
    ],
)
def test_watch_says_that_a_copy_won(complete, file, line, shown, note):
    """The steps came to one text, another was printed, and nothing said why."""
    file.write_text(f"{line}\n")
    code, out, _ = complete(f"{file}:1:{len(line) + 1}", "--watch")
    assert (code, out.splitlines()[-2:]) == (0, [note, shown])


def test_an_excluded_file(complete, tmp_path):
    path = tmp_path / ".env"
    path.write_text("SECRET=")
    code, out, err = complete(f"{path}:1:8")
    assert (code, out) == (2, "")
    assert "may hold secrets" in err


def test_an_excluded_folder(complete, tmp_path, monkeypatch):
    """A relative name hid it."""
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "config").write_text("x")
    monkeypatch.chdir(tmp_path / ".ssh")
    code, _, err = complete("config:1:1")
    assert code == 2
    assert "may hold secrets" in err


def test_the_model_of_an_engine_that_runs(complete, file):
    """--model had no effect, and nothing said so."""
    code, out, err = complete(f"{file}:1:4", "--model", "/models/large")
    assert (code, out) == (0, "ONE\n")
    assert "not /models/large: stop it first" in err


@pytest.mark.parametrize(
    ("where", "code", "message"),
    [
        ("tcp://127.0.0.1:1", 3, "run diffgem-engine serve"),
        ("tcp://example.org:1", 2, "not a loopback address"),
        ("", 2, "socket path is empty"),
    ],
)
def test_no_engine(capsys, file, where, code, message):
    """What to do stood nowhere."""
    assert main(["complete", "--socket", where, f"{file}:1:1"]) == code
    assert message in capsys.readouterr().err
