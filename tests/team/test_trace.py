"""One name from the editor's message to the engine's log."""

import json
import re
import sys

import pytest
from sandbox import sandbox

ENGINE = """
import argparse, sys
sys.path[:0] = {path!r}
from fakes import FakeBackend
from diffgem_engine import logs
from diffgem_engine.endpoint import parse_endpoint
from diffgem_engine.process.server import serve

parser = argparse.ArgumentParser()
parser.add_argument("command")
parser.add_argument("--socket")
parser.add_argument("--idle-exit", type=float)
logs.add_arguments(parser)
options = parser.parse_args([*sys.argv[1:], "--log-format", "json", "--log-file", {log!r}])
with logs.configured(options):
    sys.exit(serve(FakeBackend, parse_endpoint(options.socket), options.idle_exit))
"""


@pytest.mark.parametrize("wanted", ["option", "variable"])
async def test_one_name_from_the_editor_to_the_engine(wanted, monkeypatch):
    """Nobody could tell which line of an engine for ten people was whose key."""
    if wanted == "variable":  # as editors do
        monkeypatch.setenv("DIFFGEM_LOG_LEVEL", "debug")
    with sandbox() as box:
        script, log = box.folder / "engine.py", box.folder / "engine.log"
        script.write_text(ENGINE.format(path=sys.path, log=str(log)))
        box.options["engineCommand"] = [sys.executable, str(script)]
        arguments = ["--log-level", "debug"] if wanted == "option" else []
        async with box.edited(*arguments) as (editor, _server):
            for name in "ab":
                editor.open(f"file:///{name}.py", f"{name} = \n")
                await editor.complete(f"file:///{name}.py", 0, 4)
        lines = [json.loads(line) for line in log.read_text().splitlines()]
    asked = re.findall(r"engine asked: completion, trace ([\w.-]+)", editor.errors)
    answered = [line["trace"] for line in lines if line.get("kind") == "infill"]
    assert len(asked) == 2
    assert answered == asked
    assert len(set(asked)) == 2


async def test_what_is_not_asked_for_is_not_logged():
    """Guards a line for every key in the log of every editor."""
    with sandbox() as box:
        async with box.edited() as (editor, _server):
            editor.open("file:///a.py", "a = \n")
            await editor.complete("file:///a.py", 0, 4)
    assert "engine asked" not in editor.errors
