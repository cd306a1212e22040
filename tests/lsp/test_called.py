"""What a call may be given, by the signature of what is called."""

from pathlib import Path

import pytest

from diffgem_lsp.holes.site import hole_at
from diffgem_lsp.index.declarations import LONGEST, declarations
from diffgem_lsp.index.workspace import Located
from diffgem_lsp.prompt.sources.called import called
from diffgem_lsp.snapshots import Snapshot

FILES = {
    "python": ("lib.py", "def f(a, b: dict[str, int], *args, c=(1, 2), **more): ...\n"
               "class K:\n    def __init__(self, one, two=2): ...\n    def go(self): ...\n"),
    "typescript": ("lib.ts", "function f(a: number, b?: string, c = 1): void {}\n"
                   "class K { constructor(one: A<B, C>) {} }\n"),
    "javascript": ("lib.js", "function f(a, {b, c}, d = g(1)) {}\n"),
    "php": ("lib.php", "<?php\nfunction f(string $a) {}\nfunction g($a, $b = 1) {}\n"),
    "ruby": ("lib.rb", "def f(a, b = 1)\n  a\nend\n"),
    "go": ("lib.go", "package p\nfunc f(a int, b int) {}\n"),
}  # fmt: skip


class Known:
    def __init__(self, language, path=None, text=None):
        name, known = FILES[language]
        found = declarations((text or known).encode(), language)
        self.rows = [Located(Path("/w"), path or name, each) for each in found]

    def named(self, names, most):
        return [each for each in self.rows if each.declaration.name in names][:most]

    def members(self, of):
        every = (each.declaration for each in self.rows)
        return [each for each in every if each.container == of.declaration.name]


def drafts(drawn, language, index=None, allows=lambda _: True):
    text = drawn.replace("¦", "")
    snapshot = Snapshot.of(text, drawn.index("¦"), language, "file:///w/here")
    return called(snapshot, hole_at(snapshot), index or Known(language), allows)


@pytest.mark.parametrize(
    ("language", "drawn", "expected"),
    [
        ("python", "f(¦)\n", ("a, b", "a, b, c")),
        ("python", "x = lib.f(¦)\n", ("a, b", "a, b, c")),
        ("python", "f(¦", ("a, b)", "a, b, c)")),
        ("python", "K(¦)\n", ("one", "one, two")),
        ("python", "k.go(¦)\n", ()),
        ("python", "f(a¦)\n", ()),
        ("python", "unknown(¦)\n", ()),
        ("python", "(¦)\n", ()),
        ("typescript", "f(¦);\n", ("a", "a, b, c")),
        ("typescript", "new K(¦);\n", ("one",)),
        ("javascript", "f(¦);\n", ("a", "a, d")),
        ("php", "<?php\nf(¦);\n", ("$a",)),
        ("php", "<?php\ng(¦);\n", ("$a", "$a, $b")),
        ("ruby", "f(¦)\n", ("a", "a, b")),
        ("go", "package p\nfunc g() { f(¦) }\n", ()),
    ],
)
def test_arguments(language, drawn, expected):
    assert drafts(drawn, language) == expected


def test_nothing_of_a_file_that_may_not_be_read():
    assert drafts("f(¦)\n", "python", allows=lambda path: path.name != "lib.py") == ()


def test_nothing_of_another_language():
    assert drafts("f(¦)\n", "python", Known("javascript")) == ()


def test_nothing_where_it_may_be_any_of_many():
    many = Known(
        "python", text="".join(f"class C{n}:\n    def f(self, a): ...\n" for n in range(9))
    )
    assert drafts("f(¦)\n", "python", many) == ()


def test_nothing_of_a_signature_that_was_cut():
    """Half of the parameters looked like all of them."""
    names = ", ".join(f"name{n}" for n in range(LONGEST))
    assert drafts("f(¦)\n", "python", Known("python", text=f"def f({names}): ...\n")) == ()
