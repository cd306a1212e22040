"""The wheel as users get it: the editable install of this environment hides what it lacks."""

import json
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import psutil
import pytest
from packages import imported, required
from real import MODEL
from sandbox import sandbox

from diffgem_engine.checkpoint.loading import embedded_model
from diffgem_lsp.syntax import grammars

ROOT = Path(__file__).parents[2]
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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


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


def test_the_wheel_holds_all_of_it(wheel):
    """hatchling obeys .gitignore: a pattern that matches the weights leaves them out, silently."""
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"diffgem_lsp/py.typed", "diffgem_engine/py.typed"} <= names
    for package in (LSP, ENGINE):
        sources = (path.relative_to(package.parent) for path in package.rglob("*.py"))
        assert {path.as_posix() for path in sources} <= names
    for path in embedded_model().glob("*"):
        assert f"diffgem_engine/models/{path.parent.name}/{path.name}" in names
    assert not [name for name in names if name.startswith(("tests", "benchmarks", "engine/"))]


def test_the_wheel_holds_weights(wheel):
    """Without them every other file may be there."""
    folder = f"diffgem_engine/models/{embedded_model().name}/"
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in names if name.startswith(folder) and name.endswith(".safetensors")]


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
        all_of_it = box.environment.items()
        env = {name: value for name, value in all_of_it if not name.startswith("PYTHON")}
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
