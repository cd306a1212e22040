"""The wheel as users get it: the editable install of this environment hides what it lacks."""

import email
import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import building
import contents
import psutil
import pytest
from installed import ROOT
from later_version import VERSION, copied
from packages import imported, required
from real import MODEL
from sandbox import sandbox

from diffgem_lsp.syntax import grammars

LSP, ENGINE = ROOT / "diffgem_lsp", ROOT / "engine" / "diffgem_engine"
SHARED = (
    "endpoint.py",
    "protocol",
    "wire.py",
    "secrecy",
)  # what the language server has of the engine
GRAMMARS = {module for module, _ in grammars._GRAMMARS.values()}
OURS = {"diffgem_lsp", "diffgem_engine"}
WHERE = "import diffgem_lsp, diffgem_engine; print(diffgem_lsp.__file__, diffgem_engine.__file__)"


def run(*command, cwd, env=None):
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def without_python(environment=os.environ):
    """Else PYTHONPATH leads back to the checkout."""
    return {name: each for name, each in environment.items() if not name.startswith("PYTHON")}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return copied(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def made(checkout, tmp_path_factory):
    return building.packages(checkout.root, tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def wheel(made):
    return made.wheel


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """Of an environment with the wheel and nothing else of ours.

    What the wheel requires is lent by this environment: a plain path in a .pth file adds the
    folder and does not process the .pth files in it, so our editable install stays behind.
    """
    folder = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    found = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", found, "install", "-q")
    run(*pip, "--no-deps", "--no-index", wheel, cwd=folder)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return found


def test_sdist_and_wheel_hold_what_git_tracks_and_nothing_else(made, checkout):
    """hatchling obeys .gitignore: a pattern that matches the weights leaves them out, silently."""
    assert contents.packages(made, checkout.root, checkout.files) == []


def test_the_version_is_that_of_the_one_place(made, python, tmp_path):
    """A number that somebody has to remember."""
    for archive, name in ((made.wheel, "/METADATA"), (made.sdist, "/PKG-INFO")):
        (page,) = (text for path, text in contents.held(archive).items() if path.endswith(name))
        assert email.message_from_bytes(page)["Version"] == VERSION
    for program in ("diffgem-lsp", "diffgem-engine"):
        said = run(python.with_name(program), "--version", cwd=tmp_path, env=without_python())
        assert said == f"{program} {VERSION}\n"


def test_the_wheel_requires_what_it_imports(wheel):
    """An import of what only the developers have, or a requirement that nobody uses."""
    base, engine, train = (required(wheel, *extra) for extra in ((), ("engine",), ("train",)))
    server, whole = imported(LSP), imported(ENGINE)
    shared = set().union(*(imported(ENGINE / name) for name in SHARED))
    assert (server | shared) - OURS == base - GRAMMARS
    assert base >= GRAMMARS
    assert whole - OURS <= base | engine | train
    assert engine | train <= whole | OURS


def test_the_wheel_completes(python, tmp_path):
    """An install without the checkout beside it did not find its model, or its other package."""
    with sandbox() as box:
        env = without_python(box.environment)
        files = run(python, "-c", WHERE, cwd=tmp_path, env=env).split()
        assert all(Path(file).is_relative_to(python.parents[1]) for file in files)
        source = tmp_path / "a.py"
        source.write_text("def area(width, height):\n    return ")
        command = (python.with_name("diffgem-lsp"), "complete", f"{source}:2:12", "--json")
        engine = ("--socket", box.socket)
        report = json.loads(run(*command, *engine, cwd=tmp_path, env=env))
        assert report["steps"] > 0
        assert report["model"] == MODEL
        (pid,) = box.engines()
        assert psutil.Process(pid).cmdline()[0] == str(python)
