import random

import pytest
from sources import CODE, SOURCES

from diffgem_lsp.holes.kinds import SLOTS, HoleKind
from diffgem_lsp.holes.site import hole_at
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.scopes import error_count, scope_starts

SCOPES = {
    "python": "import é\n>@d\nclass A:\n>    def f(self):\n        def g(): 1\n>async def h(): 1\n",
    "javascript": "é()\n>export class A {\n>  f() {\n  }\n}\n>const g = () => {}\n",
    "typescript": ">namespace N {\n>  export class C {\n>    é() {}\n  }\n}\n>type T = 1\n",
    "rust": ">struct S;\n>impl S {\n>    fn é() {\n        fn b() {}\n    }\n}\n",
    "go": "package m\n>func é() {\n}\n>type T struct {}\n>func (t T) g() {}\n",
    "java": ">class É {\n  int a;\n>  void f() {}\n>  class B {\n>    void g() {}\n  }\n}\n",
    "c": "#ifdef A\n>int f(void) {\n  int é;\n}\n#endif\n>struct S { int a; };\n",
    "cpp": ">namespace é {\n>class X {\n>  void f() {}\n};\n>template <class T>\nT h() {}\n}\n",
    "lua": "é()\n>function f()\nend\n>local function g()\nend\n",
    "shellscript": "é\n>f() {\n b\n}\n>g() {\n c\n}\n",
    "ruby": ">module M # é\n>  class A\n>    def f\n    end\n>    def self.g = 1\n  end\nend\n",
    "php": "<?php\n>class É {\n>  function f() {}\n}\n>function g() {}\n",
    "css": ">a { b: é }\n>@media é {\n  d { e: f }\n}\n",
}


def unmarked(marked, ending):
    """The text, and the offsets of the lines that began with >."""
    starts, text = [], ""
    for line in marked.splitlines():
        if line.startswith(">"):
            starts.append(len(text))
        text += line.removeprefix(">") + ending
    return text, starts


@pytest.mark.parametrize(
    ("language_id", "ending"),
    [*((each, end) for each in SCOPES for end in ("\n", "\r\n")), ("javascript", "\r")],
)
def test_scope_starts(language_id, ending):
    """Guards against contexts cut inside of a function, or between a decorator and its class."""
    text, expected = unmarked(SCOPES[language_id], ending)
    tree = Snapshot.of(text, 0, language_id).tree
    assert scope_starts(tree, len(text)) == expected
    assert scope_starts(tree, expected[-1]) == expected[:-1]
    assert scope_starts(tree, len(text), expected[1]) == expected[1:]


def test_error_count():
    """Guards against a MISSING bracket that is not counted, and errors deep in the text."""
    good = "def f():\n    return g(1)\n" * 50
    assert error_count(Snapshot.of(good, 0, "python").tree) == 0
    assert error_count(Snapshot.of("int f() { g(1; }", 0, "c").tree) == 1
    at = len(good) + len("def f(")
    broken = Snapshot.of(good + "def f(:\n    return\n" + good, at, "python")
    assert error_count(broken.tree) > 0
    assert error_count(broken.replaced(at, at, "a)").tree) == 0


@pytest.mark.parametrize("language_id", [*SOURCES, "plaintext"])
def test_nothing_raises_on_any_text(language_id):
    """Guards against a request lost to a text that nobody thought of."""
    chance = random.Random(language_id)
    for _ in range(60):
        text = "".join(chance.choices([*CODE, SOURCES.get(language_id, "a")], k=12))
        for offset in {0, len(text), *chance.choices(range(len(text) + 1), k=6)}:
            site = hole_at(Snapshot.of(text, offset, language_id))
            assert text.startswith(site.line_tail, offset)
            assert site.slots == SLOTS[site.kind]
        tree = Snapshot.of(text, 0, language_id).tree
        if tree is not None:
            assert error_count(tree) >= 0
            starts = scope_starts(tree, len(text))
            assert all(text[start - 1] in "\r\n" for start in starts if start)


def test_deep_nesting_is_no_problem():
    """Guards against recursion over a tree that is as deep as the text is long."""
    deep = Snapshot.of("(" * 20_000, 10_000, "python")
    assert hole_at(deep).kind is HoleKind.REST_OF_LINE
    assert error_count(deep.tree) > 0
    assert scope_starts(deep.tree, 20_000) == []
