"""Requests have one way to the backend, whatever they came by."""

import ast
from pathlib import Path

import diffgem_engine

ENGINE = Path(diffgem_engine.__file__).parent
# who holds a backend: backends around one another, who measures, and the front itself
BESIDE = ("backends", "router", "evaluation", "bench", "training", "serving/front.py")


def asked_of(tree):
    """The names of what `infill` and `review` are called on."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("infill", "review"):
            yield ast.unparse(node.value)


def test_nobody_asks_the_backend_but_the_front():
    """A new way in would have had neither limits nor turns."""
    found = set()
    for path in ENGINE.rglob("*.py"):
        place = path.relative_to(ENGINE).as_posix()
        if not place.startswith(BESIDE):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found |= {(place, name) for name in asked_of(tree)}
    assert {place for place, _ in found} == {
        "process/session.py",
        "serving/observed.py",
        "http/posts.py",
    }
    assert not [pair for pair in found if "backend" in pair[1]]
