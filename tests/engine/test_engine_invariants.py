"""What ARCHITECTURE.md states as absences: who knows nothing of whom."""

import ast
import re
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from fakes import ask, greeted_client, hear, say, short_folder

import diffgem_engine
from diffgem_engine.core.canvas import Canvas, Hypothesis
from diffgem_engine.core.continuing import Rest
from diffgem_engine.core.request import InfillIds
from diffgem_engine.core.sequence import (
    Committed,
    Denoising,
    Opinion,
    Score,
    Sequence,
    Trial,
    Writing,
)
from diffgem_engine.protocol import Result

ROOT = Path(diffgem_engine.__file__).parent
IDS_ALONE = "core"  # the package below the tokenizer's edge
KINDS = [
    *(Canvas, Committed, Denoising, Hypothesis, InfillIds, Opinion, Rest, Score, Sequence),
    *(Trial, Writing),
]
# Whoever runs this before anything else hears of every connection but one to a file.
WATCH = """
import sys
def hook(event, args):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        print("NETWORK", event, args, file=sys.stderr, flush=True)
    elif event == "socket.connect" and isinstance(args[1], tuple):
        print("NETWORK", event, args[1], file=sys.stderr, flush=True)
sys.addaudithook(hook)
"""


def place(module):
    """A module's file; a package's is its __init__.py."""
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def imports(module):
    """Our modules that `module` imports, those for types alone and those in functions too."""
    tree = ast.parse(place(module).read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    ours = {name.removeprefix("diffgem_engine.") for name in names if "diffgem_engine." in name}
    return frozenset(name for name in ours if place(name).exists())


def reached(module):
    """`imports`, all the way."""
    found, left = set(), [module]
    while left:
        new = imports(left.pop()) - found
        found |= new
        left += new
    return found


def test_the_engine_knows_no_text():
    """Guards ids below the tokenizer's edge: text in the core would be tokenized twice."""
    files = (path.relative_to(ROOT).with_suffix("") for path in (ROOT / IDS_ALONE).rglob("*.py"))
    modules = [".".join(file.parts).removesuffix(".__init__") for file in files]
    assert {"core.engine", "core.forward.lean"} <= set(modules)
    for module in modules:
        assert {name.split(".")[0] for name in reached(module)} <= {IDS_ALONE}, module


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_engine_is_given_has_no_text(kind):
    """Guards the same for a field that somebody finds handy."""
    for name, of_type in kind.__annotations__.items():
        assert not re.search(r"\b(str|bytes)\b", str(of_type)), name


def test_the_sampler_knows_no_sequence():
    """Guards pure functions on rows: a sampler that remembers mixes up requests."""
    assert reached("core.sampler") == {"core.canvas"}  # for the names of the orders


def test_the_cache_knows_no_model():
    assert reached("core.prefix_cache") == set()


def test_the_runner_knows_nothing_of_sampling_or_scheduling():
    core = {name for name in imports("core.runner") if name.startswith("core.")}
    known = {"branches", "forward", "kv", "request", "sequence", "text_config"}
    assert {name.removeprefix("core.") for name in core} == known
    assert imports("core.scheduler") == {"core.request", "core.sequence"}


def python(script, *arguments, **options):
    command = [sys.executable, "-c", WATCH + script, *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **options)


async def test_an_engine_with_a_local_model_asks_nobody(checkpoint_folder):
    """Guards what users type: not so much as a version check leaves the machine."""
    serve = "from diffgem_engine.__main__ import main; sys.exit(main())"
    with short_folder() as folder:
        where = ("--socket", str(folder / "s"), "--model", str(checkpoint_folder))
        arguments = ("serve", *where, "--device", "cpu")
        with python(serve, *arguments, stdout=subprocess.PIPE) as engine:
            try:
                assert "loaded" in engine.stdout.readline()
                assert "listens on" in engine.stdout.readline()
                async with greeted_client(folder / "s") as client:
                    await say(client, ask(1, "def f(", 8))
                    assert isinstance(await hear(client), Result)
                engine.send_signal(signal.SIGTERM)
                assert engine.wait(20) == 0
                assert "NETWORK" not in engine.stderr.read()
            finally:
                engine.kill()


def test_who_asks_the_network_is_seen():
    """Guards the test above against a watch that sleeps."""
    ask_it = (
        "import socket\ntry: socket.create_connection(('127.0.0.1', 1), 1)\nexcept OSError: pass"
    )
    with python(ask_it) as process:
        said = process.communicate(timeout=20)[1]
    assert "NETWORK socket.getaddrinfo" in said
    assert "NETWORK socket.connect" in said
