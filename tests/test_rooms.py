"""The packages and modules at the root of both trees: who imports whom, as a plan without loops."""

import ast
import graphlib
from pathlib import Path

import pytest

import diffgem_engine
import diffgem_lsp

TREES = [Path(package.__file__).parent for package in (diffgem_engine, diffgem_lsp)]


def modules():
    """Dotted names and files; a package is its __init__.py."""
    for tree in TREES:
        for path in tree.rglob("*.py"):
            parts = path.relative_to(tree.parent).with_suffix("").parts
            yield ".".join(parts).removesuffix(".__init__"), path


def imported(path):
    """All that a file imports, those for types alone and those in functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(module):
    return ".".join(module.split(".")[:2])


@pytest.fixture(scope="module")
def plan():
    known = dict(modules())
    rooms = {room(module): set() for module in known}
    for module, path in known.items():
        rooms[room(module)] |= {room(name) for name in imported(path) if name in known}
    return {here: others - {here, *(tree.name for tree in TREES)} for here, others in rooms.items()}


def test_no_room_leads_back_to_itself(plan):
    """The core imported the forward passes, and these the core: neither could be read alone."""
    order = list(graphlib.TopologicalSorter(plan).static_order())  # raises where there is a loop
    assert {"diffgem_engine.core", "diffgem_engine.process", "diffgem_lsp.inline"} <= {*order}
    assert "diffgem_engine.core" in plan["diffgem_engine.backends"]
