"""Each artifact, installed where nothing else is, does what it is for."""

import json
import os
from pathlib import Path

import psutil
from building import Artifacts
from contents import held
from environment import Environment
from failures import DistError, run

HERE = Path(__file__).resolve().parent
PROGRAMS = ("diffgem-lsp", "diffgem-engine")
LIGHT = """
import importlib.util, sys
import diffgem_lsp.server
assert not {"torch", "transformers"} & set(sys.modules), "the language server imports torch"
assert importlib.util.find_spec("torch") is None, "the base install brings torch"
"""
HOLE = "def area(width, height):\n    return "
CURSOR = "2:12"
STOPS_WITHIN_S = 30


def base(made: Artifacts, folder: Path) -> Environment:
    """The wheel alone: a language server without torch."""
    found = Environment.fresh(folder)
    found.install(made.wheel)
    found.check()
    _says_its_version(found, made)
    if "debounceMs" not in found.run("diffgem-lsp", "options"):
        raise DistError("diffgem-lsp options does not print them")
    found.run("python", "-c", LIGHT)
    return found


def from_source(made: Artifacts, folder: Path) -> Environment:
    """The sdist, which pip builds by itself: the same files as the wheel's."""
    found = Environment.fresh(folder)
    found.install(made.sdist)
    _says_its_version(found, made)
    packages = [name for name in held(made.wheel) if ".dist-info/" not in name]
    if lacking := [name for name in packages if not (found.packages / name).is_file()]:
        raise DistError(f"installed from {made.sdist.name}, there is no {', '.join(lacking)}")
    return found


def whole(made: Artifacts, folder: Path) -> Environment:
    """The wheel with the engine: fills a hole with the embedded model."""
    found = Environment.fresh(folder)
    if index := os.environ.get("TORCH_INDEX"):  # as scripts/setup has it
        found.install("torch", "--no-deps", "--index-url", index)
    found.install(f"diffgem-lsp[engine] @ {made.wheel.as_uri()}")
    found.check()
    _says_its_version(found, made)
    _fills_a_hole(found)
    return found


def in_vscode(made: Artifacts, folder: Path) -> None:
    """The .vsix in an empty profile of VS Code, which then has it and nothing else."""
    listed = run(HERE / "vscode", made.vsix, folder, at=folder.parent).split()
    if listed != [f"diffgem.diffgem@{made.version}"]:
        raise DistError(f"VS Code lists {listed} after installing {made.vsix.name}")


def _says_its_version(where: Environment, made: Artifacts) -> None:
    for program in PROGRAMS:
        said = where.run(program, "--version").strip()
        if said != f"{program} {made.version}":
            raise DistError(f"{program} --version says {said!r}, and this is {made.version}")


def _fills_a_hole(where: Environment) -> None:
    source, socket = where.folder / "a.py", where.folder / "run" / "e"
    source.write_text(HOLE, encoding="utf-8")
    words = ("complete", f"{source}:{CURSOR}", "--json", "--socket", socket)
    try:
        report = json.loads(where.run("diffgem-lsp", *words))
    finally:
        _stop_engine(socket)
    if not report["steps"] or not report["items"]:
        raise DistError(f"the embedded model filled nothing: {report}")


def _stop_engine(socket: Path) -> None:
    """That which listens there, if there is one."""
    found = [
        process
        for process in psutil.process_iter(["cmdline"])
        if {"serve", str(socket)} <= set(process.info["cmdline"] or ())
    ]
    for process in found:
        process.terminate()
    for process in psutil.wait_procs(found, timeout=STOPS_WITHIN_S)[1]:
        process.kill()
