"""The command line, in this process; the engine is a process of its own around the fake backend."""

import io
import json
import os
import shlex
import subprocess
import sys

import pytest
from sandbox import FAKE_ENGINE, sandbox

from diffgem_lsp import __version__
from diffgem_lsp.__main__ import main
from diffgem_lsp.commands import doctor, places
from diffgem_lsp.commands.places import Place, PlaceError, parse_place

KEYS = {"items", "latency_ms", "steps", "model"}


@pytest.fixture(scope="module")
def socket():
    with sandbox() as box:
        command = [*FAKE_ENGINE, "serve", "--socket", str(box.socket)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as engine:
            assert "listens on" in engine.stdout.readline()
            yield str(box.socket)
            engine.kill()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a:b.txt"
    path.write_text("one\nab\n")
    return path


@pytest.fixture
def complete(socket, capsys):
    def run(*arguments):
        code = main(["complete", "--socket", socket, *map(str, arguments)])
        return (code, *capsys.readouterr())

    return run


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_complete_prints_the_text(complete, file):
    """Scripts had to parse decorations."""
    assert complete(f"{file}:1:4") == (0, "ONE\n", "")


def test_complete_prints_json(complete, file):
    """Scripts are written against these names."""
    code, out, err = complete(f"{file}:1:3", "--json")
    report = json.loads(out)
    assert (code, err, set(report)) == (0, "", KEYS)
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
    assert set(json.loads(out)) == KEYS
    assert err.count("\n") == 3


def test_on_a_terminal_the_completion_stands_in_its_line(complete, file, monkeypatch):
    """The bare text says nothing of where it goes."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    file.write_text("is (on)\n")
    complete(f"{file}:1:5")
    line, facts, _ = terminal.getvalue().split("\n")
    assert line == "is (\x1b[1;36mIS (\x1b[0mon)"
    assert all(word in facts for word in (" ms", "2 steps", "confidence 0.50"))


def test_colours_can_be_turned_off(complete, file, monkeypatch):
    """NO_COLOR held for --watch alone."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    complete(f"{file}:1:3", "--watch")
    assert "ON" in terminal.getvalue()
    assert "\x1b" not in terminal.getvalue()


def to_a_shell(socket, arguments, redirected, **environment):
    """The real command with its output `redirected`: the exit code and what it complained of."""
    command = shlex.join([sys.executable, "-m", "diffgem_lsp", *arguments, "--socket", socket])
    script = f"{command} {redirected}; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
        timeout=60,
    )
    return done.stdout.split()[-1], done.stderr


@pytest.mark.parametrize("command", ["complete", "watch", "json", "doctor"])
@pytest.mark.parametrize(
    ("redirected", "codes", "words"),
    [
        ("| true", ("141", "0"), ""),  # 0 where it was faster than its reader's end
        ("> /dev/full", ("4",), "cannot write the output: No space left on device"),
        (">&-", ("0",), ""),
    ],
)
def test_output_that_goes_nowhere(socket, file, command, redirected, codes, words):
    """A traceback for each line, and the exit code of another failure."""
    place, flag = ["complete", f"{file}:1:3"], f"--{command}"
    arguments = {"doctor": ["doctor"], "complete": place}.get(command, [*place, flag])
    code, complaint = to_a_shell(socket, arguments, redirected)
    assert code in codes
    assert complaint == (f"diffgem-lsp: {words}\n" if words else "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_encoding_without_room_for_the_canvas(socket, file, encoding):
    """A healthy installation failed its check on the arrow in the message."""
    for arguments in (["doctor"], ["complete", f"{file}:1:3", "--watch"]):
        code, complaint = to_a_shell(socket, arguments, "", PYTHONIOENCODING=encoding)
        assert (code, complaint) == ("0", "")


def test_a_file_cannot_command_the_terminal(complete, file, monkeypatch):
    """Escape sequences out of a file that somebody else wrote."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    file.write_text("on\u202e\x1b[2J\n")
    complete(f"{file}:1:3")
    line, *_ = terminal.getvalue().split("\n")
    assert line == "on\x1b[1;36mON\x1b[0m\ufffd\ufffd[2J"


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


def test_stdin(complete, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x\nab")))
    assert complete("-:1:2") == (0, "X\n", "")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x")))
    assert complete("-:2:1")[2] == "diffgem-lsp: <stdin> has no line 2, its last is 1\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a.py:1:2", Place("a.py", 1, 2)),
        ("a:b:3:4", Place("a:b", 3, 4)),
        ("C:\\a.py:3:4", Place("C:\\a.py", 3, 4)),
    ],
)
def test_places(text, place):
    assert parse_place(text) == place


@pytest.mark.parametrize(
    "text", ["", "a.py", "a.py:1", ":1:1", "a:x:1", "a:1:x", "a:0:1", "a:1:0", "a:1:" + "9" * 5_000]
)
def test_what_is_no_place(text):
    with pytest.raises(PlaceError, match=r"FILE:LINE:COL|from 1"):
        parse_place(text)


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        (None, "1:1", "cannot be read: No such file or directory"),
        (b"a\0b", "1:1", "is binary"),
        (b"a\xffb", "1:1", "is not UTF-8: invalid start byte at byte 1"),
        (b"a\nb", "3:1", "has no line 3, its last is 2"),
        (b"abc", "1:5", "has 3 characters, its last column is 4"),
        (b"abc", "1", "is not FILE:LINE:COL"),
    ],
)
def test_bad_input_is_one_clear_line(complete, tmp_path, content, place, message):
    """A traceback."""
    path = tmp_path / "f"
    if content is not None:
        path.write_bytes(content)
    code, out, err = complete(f"{path}:{place}")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_a_folder_and_a_large_file(complete, tmp_path, monkeypatch):
    assert "Is a directory" in complete(f"{tmp_path}:1:1")[2]
    monkeypatch.setattr(places, "MOST_BYTES", 10)
    path = tmp_path / "f"
    path.write_bytes(b"x" * 11)
    code, _, err = complete(f"{path}:1:1")
    assert (code, "too large" in err) == (2, True)


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


@pytest.mark.parametrize(
    "arguments",
    [
        ["complete"],
        ["complete", "a:1:1", "--steps", "0"],
        ["complete", "a:1:1", "--steps", "many"],
        ["complete", "a:1:1", "--seed", "-1"],
        ["complete", "a:1:1", "--seed", "9" * 5_000],
        ["no-such"],
    ],
)
def test_bad_arguments(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_version(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"diffgem-lsp {__version__}\n")


def test_a_log_that_cannot_be_written(capsys, monkeypatch):
    monkeypatch.setattr("logging.root.handlers", [])
    assert main(["--log-file", "/no/such/folder/log", "doctor"]) == 2
    assert "cannot log to /no/such/folder/log" in capsys.readouterr().err


def test_doctor(capsys, socket):
    """Each line ok, or what to do."""
    assert main(["doctor", "--socket", socket]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok  ") for line in lines)
    found = [line[6:].partition(":")[0] for line in lines]
    assert found == [
        *("installed", "grammars", "engine"),
        *("model", "device", "completion", "engine packages"),
    ]


def test_doctor_without_torch(capsys, monkeypatch, socket):
    """A laptop whose engine runs elsewhere was told that it is broken."""
    monkeypatch.setattr(doctor, "_version", lambda name: None)
    assert main(["doctor", "--socket", socket]) == 0
    assert "ok    engine packages: torch, " in capsys.readouterr().out


def test_doctor_knows_the_model(capsys, socket):
    assert main(["doctor", "--socket", socket, "--model", "/models/large"]) == 1
    out = capsys.readouterr().out
    assert "FAIL  model: the engine that runs has the model fake-" in out
    assert "stop it first (diffgem-lsp doctor says its pid), or name a socket of its own" in out
    assert "ok    completion" in out


@pytest.mark.parametrize("text", ["boom", "refuse", "wait a moment"])
def test_doctor_says_what_to_do_about_a_completion_that_fails(capsys, monkeypatch, socket, text):
    """ "FAIL" and a refusal in the engine's own words."""
    monkeypatch.setattr(doctor, "SAMPLE", text)
    fails = text in ("boom", "refuse")
    assert main(["doctor", "--socket", socket]) == int(fails)
    out = capsys.readouterr().out
    assert ("FAIL  completion: " in out) == fails
    assert ("stop the engine, look into " in out) == fails


def test_doctor_says_what_to_do(capsys, monkeypatch):
    """ "FAILED" alone helps nobody."""
    monkeypatch.setattr(doctor, "_version", lambda name: None)
    monkeypatch.setattr(doctor.grammars, "parser_for", lambda name: None)
    assert main(["doctor", "--socket", "tcp://127.0.0.1:1"]) == 1
    out = capsys.readouterr().out
    assert "FAIL  engine packages: torch" in out
    assert "pip install 'diffgem-lsp[engine]'" in out
    assert "reinstall diffgem-lsp" in out
    assert "FAIL  engine: no engine listens" in out
    assert main(["doctor", "--socket", "tcp://example.org:1"]) == 1


def test_options_are_printed(capsys):
    """`diffgem-lsp options --markdown` is what the editors' settings pages are made from."""
    assert main(["options", "--markdown"]) == 0
    assert "| `maxLines` | `12` | the longest completion, in lines |" in capsys.readouterr().out
    assert main(["options"]) == 0
    assert "maxLines = 12\n    the longest completion" in capsys.readouterr().out


def test_options_for_the_settings_of_editors(capsys):
    """Their bounds and defaults were written anew for each editor, and differed."""
    assert main(["options", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    about = "the longest completion, in lines"
    whole = {"type": "integer", "minimum": 1, "maximum": 200}
    assert found["maxLines"] == {**whole, "default": 12, "description": about}
    assert found["trigger"]["enum"] == ["automatic", "manual"]
    assert found["languages"]["default"] == {}
    assert found["model"]["type"] == ["string", "null"]
    assert found["model"]["unset"] == "the embedded one"
    ran = {name for name, about in found.items() if "decidesWhatRuns" in about}
    assert ran == {"engineSocket", "engineCommand", "model"}


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
