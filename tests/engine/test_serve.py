"""`diffgem-engine` on the command line: where it listens, and what it says when it cannot run."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from diffgem_engine.__main__ import COMMANDS, main
from diffgem_engine.checkpoint import locating
from diffgem_engine.endpoint import TcpEndpoint, UnixEndpoint
from diffgem_engine.extra import PACKAGES, TO_TRAIN
from diffgem_engine.installation import install_command
from diffgem_engine.process import server

ROOT = Path(__file__).parents[2]
COMMAND_LINES = {
    "serve": ["serve", "--socket", "SOCKET"],
    "train": ["train", "--out", "FOLDER", "--source", "FOLDER"],
    "eval": ["eval", "lines", "--corpus", "FOLDER"],
    "bench": ["bench", "--only", "typing"],
}


@pytest.fixture
def served(monkeypatch):
    """The endpoints that were asked for; nothing listens."""
    endpoints = []

    def note(_backend, endpoint, *_, **_options):
        endpoints.append(endpoint)
        return 0

    monkeypatch.setattr(server, "serve", note)
    return endpoints


@pytest.mark.parametrize(
    ("arguments", "endpoint"),
    [
        (["--socket", "/a/b"], UnixEndpoint(Path("/a/b"))),
        (["--socket", "tcp://127.0.0.1:80"], TcpEndpoint("127.0.0.1", 80)),
        (["--host", "::1"], TcpEndpoint("::1", 0)),
        (["--port", "80"], TcpEndpoint("127.0.0.1", 80)),
        (["--port", "0"], TcpEndpoint("127.0.0.1", 0)),
        (["--host", "localhost", "--port", "80"], TcpEndpoint("localhost", 80)),
        ([], UnixEndpoint(Path("/the/default"))),
    ],
)
def test_it_listens_where_it_is_told_to(served, monkeypatch, arguments, endpoint):
    """`--port` alone was read over: the engine listened on the default socket."""
    monkeypatch.setenv("DIFFGEM_SOCKET", "/the/default")
    assert main(["serve", *arguments]) == 0
    assert served == [endpoint]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--socket", "/a", "--host", "::1"], "--socket goes with neither --host nor --port"),
        (["--socket", "/a", "--port", "80"], "--socket goes with neither --host nor --port"),
        (["--socket", ""], "the socket path is empty"),
        (["--host", "0.0.0.0"], "not a loopback address"),
        (["--port", "70000"], "port must be 0..65535"),
    ],
)
def test_places_that_cannot_be_are_one_line(served, capsys, arguments, words):
    """A contradiction was settled in silence."""
    assert main(["serve", *arguments]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert words in line
    assert served == []


def test_a_model_that_does_not_load_is_one_line(tmp_path, capsys):
    """The traceback of a mistyped folder hid what was wrong."""
    arguments = ["--socket", str(tmp_path / "private" / "s"), "--model", str(tmp_path / "none")]
    assert main(["serve", *arguments]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "no checkpoint folder" in line
    assert not (tmp_path / "private" / "s").exists()


def test_a_device_that_is_none_is_one_line(tmp_path, capsys):
    """torch's own message lists two dozen that nobody has."""
    arguments = ["--socket", str(tmp_path / "private" / "s"), "--device", "toaster"]
    assert main(["serve", *arguments]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith("no such device: toaster; give cpu, cuda or cuda:1")


def test_an_installation_without_the_embedded_model(tmp_path, capsys, monkeypatch):
    """It was told to copy the whole checkpoint, which nobody had."""
    monkeypatch.setattr(locating, "embedded_model", lambda: tmp_path / "none")
    assert main(["serve", "--socket", str(tmp_path / "private" / "s")]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "the embedded model is missing from this installation" in line


def without(tmp_path, packages, *arguments):
    """The command line where `packages` are not installed."""
    gone = "; ".join(f"sys.modules[{name!r}] = None" for name in sorted(packages))
    script = f"import sys; {gone}; from diffgem_engine.__main__ import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("name", COMMAND_LINES)
def test_without_the_extra_a_command_says_what_to_install(tmp_path, name):
    """A base install answered every command, `--help` too, with a traceback."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "held_out.jsonl").touch()
    places = {"SOCKET": str(tmp_path / "private" / "s"), "FOLDER": str(tmp_path / "corpus")}
    done = without(tmp_path, PACKAGES, *(places.get(word, word) for word in COMMAND_LINES[name]))
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.endswith(f"is not installed; run {install_command('engine')}")


@pytest.mark.parametrize("arguments", [["--version"], *([name, "--help"] for name in COMMANDS)])
def test_without_the_extra_help_is_there(tmp_path, arguments):
    done = without(tmp_path, PACKAGES, *arguments)
    assert (done.returncode, done.stderr) == (0, "")


def test_bench_without_the_language_server_says_what_to_install(tmp_path):
    """It drives the language server, which is not there where the engine alone is on the path."""
    done = without(tmp_path, ["diffgem_lsp"], "bench", "--only", "round_trip")
    assert done.returncode == 1
    assert f"diffgem_lsp is not installed; run {install_command('engine')}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistake_of_our_own_keeps_its_traceback(monkeypatch):
    """Guards advice to install what nobody can install."""

    def broken(*_, **_options):
        raise ModuleNotFoundError("No module named 'diffgem_engine.servre'", name="diffgem_engine")

    monkeypatch.setattr(server, "serve", broken)
    with pytest.raises(ModuleNotFoundError):
        main(["serve", "--socket", "/a/b"])


def test_an_interrupted_command_says_so_in_one_line(monkeypatch, capsys):
    """Guards a page of traceback for Ctrl-C in an evaluation."""

    def interrupted(*_, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(server, "serve", interrupted)
    assert main(["serve", "--socket", "/a/b"]) == 130
    assert capsys.readouterr().err == "diffgem-engine: interrupted\n"


def test_the_extra_is_what_pyproject_says():
    """Guards a new dependency whose absence is a traceback again."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extra = project["optional-dependencies"]["engine"]
    named = {line.partition(">=")[0].replace("-", "_") for line in extra}
    assert named == PACKAGES
    [of_engine, *rest] = project["optional-dependencies"]["train"]
    assert of_engine == "diffgem-lsp[engine]"
    assert {line.partition(">=")[0] for line in rest} == TO_TRAIN
