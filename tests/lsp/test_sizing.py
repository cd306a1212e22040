"""How much a hole may take, and what of it is pinned."""

import pytest
from answers import Answers, completed
from attrs import evolve

from diffgem_engine.protocol import (
    Hole,
)
from diffgem_lsp.options import Options


@pytest.mark.parametrize(
    ("drawn", "options", "slots", "text"),
    [
        ("def f():\n    ¦\n", {}, 54, "a\n    b"),
        ("def f():\n    ¦\n", {"lines": "single"}, 22, "a"),
        ("def f():\n    ¦\n", {"max_lines": 1}, 22, "a"),
        ("def f():\n    ¦\n", {"max_lines": 2}, 34, "a\n    b"),
        ("def f():\n    c\n    ¦\n", {}, 22, "a\n    b"),
        ("def f():\n    c\n    ¦\n", {"lines": "multi"}, 54, "a\n    b"),
        ("def f():\n    x = ¦\n", {}, 22, "a"),
        ("def f():\n    x = ¦\n", {"lines": "multi"}, 54, "a\n    b"),
        ("def f():\n    x = ¦\n", {"lines": "multi", "max_lines": 1}, 22, "a"),
        ("f(¦)\n", {"lines": "multi"}, 14, "a"),
        ("x = ¦.c\n", {"lines": "multi"}, 22, "a"),
    ],
)
async def test_the_canvas_is_the_cap(drawn, options, slots, text):
    """Guards lines that nobody wants, and a canvas that has no room for those that are wanted."""
    engine = Answers("a\n    b\nc")
    found = await completed(drawn, engine, Options(**options))
    assert (engine.asked[0][2], found.text) == ((Hole(slots),), text)


async def test_a_gpu_has_room_for_blocks():
    engine = Answers("a")
    engine.welcome = evolve(engine.welcome, device="cuda")
    await completed("def f():\n    ¦\n", engine)
    assert engine.asked[0][2] == (Hole(154),)


@pytest.mark.parametrize(
    ("drawn", "pinned"),
    [
        ("def f():\n¦\n", "    "),
        ("def f():\n  ¦\n", "  "),
        ("def f():\n    ¦\n", ""),
        ("def f():\n      ¦\n", ""),
        ("class A:\n  def f(self):\n¦\n", "    "),
        ("if a:\n\tb\nif c:\n¦\n", "\t"),
        ("if a:\n\tb\nif c:\n  ¦\n", ""),
        ("x = 1\n¦\n", ""),
    ],
)
async def test_the_indent_of_a_body_is_pinned(drawn, pinned):
    """In an editor that indents nothing, a body stood at the margin."""
    engine = Answers(f"{pinned}a")
    found = await completed(drawn, engine)
    assert engine.asked[0][2][0].starts_with == pinned
    assert found.text == f"{pinned}a"
