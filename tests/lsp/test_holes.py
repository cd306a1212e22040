import pytest

from diffgem_lsp.holes.kinds import HoleKind
from diffgem_lsp.holes.site import hole_at
from diffgem_lsp.snapshots import Snapshot


def at_cursor(text, language_id="python"):
    """`text` without its cursor ¦, the cursor there."""
    offset = text.index("¦")
    return Snapshot.of(text.replace("¦", ""), offset, language_id)


@pytest.mark.parametrize("text", ["x = ¦", "def f(a¦):\n    pass\n", "¦x = 1 + \n", "foo([1, ¦])"])
def test_rest_of_line(text):
    """Guards against every hole taken for something special."""
    expected = HoleKind.WHOLE_LINE if text[0] == "¦" else HoleKind.REST_OF_LINE
    assert hole_at(at_cursor(text)).kind is expected


@pytest.mark.parametrize(
    ("language_id", "above", "below"),
    [
        ("ruby", "{|" * 50_000 + "x", ""),
        ("lua", "function " * 10_000, ""),
        ("python", "def f():", "\n" * 300_000 + "    x"),
    ],
)
def test_no_line_above_and_no_blank_ones_below_take_for_ever(language_id, above, below):
    """A line of data above the cursor was a minute at every key."""
    assert hole_at(at_cursor(f"{above}\n¦\n{below}", language_id)).kind in HoleKind


def test_the_site_knows_its_line():
    """Guards against an indent or a tail that reaches past the cursor or the line."""
    site = hole_at(at_cursor("if a:\n\t  b = ¦c)\r\nd\n"))
    assert (site.indent, site.line_tail) == ("\t  ", "c)")
    site = hole_at(at_cursor("if a:\n  ¦  c\n"))
    assert (site.kind, site.indent, site.line_tail) == (HoleKind.WHOLE_LINE, "  ", "  c")


@pytest.mark.parametrize(
    ("language_id", "text"),
    [
        ("python", "def f():\n    ¦\n"),
        ("python", "def f():\n    ¦\n\n\nx = 1\n"),
        ("python", "def f():  # see:\n    ¦\n"),
        ("python", "class A:\n    def f(self):\n        ¦\n\n    def g(self): pass\n"),
        ("python", "if x:\n    ¦\nelse:\n    pass\n"),
        ("javascript", "function f() {\n  ¦\n}\n"),
        ("javascript", "foo(function () {\n  ¦\n})\n"),
        ("javascript", "if (a) {\n  ¦\n"),
        ("javascript", "switch (x) {\n  case 1:\n    ¦\n}\n"),
        ("rust", "fn f() {\n    ¦\n}\n"),
        ("go", "func f() {\n\t¦\n}\n"),
        ("java", "class A {\n  ¦\n}\n"),
        ("c", "int f(void)\n{\n  ¦\n}\n"),
        ("lua", "if x then\n  ¦\nend\n"),
        ("lua", "function f(x)\n  ¦\nend\n"),
        ("shellscript", "if x; then\n  ¦\nfi\n"),
        ("ruby", "def foo\n  ¦\nend\n"),
        ("ruby", "a.each do |x|\n  ¦\nend\n"),
        ("php", "<?php\nfunction f() {\n  ¦\n}\n"),
        ("css", "a {\n  ¦\n}\n"),
        ("kotlin", "fun f() {\n    ¦\n}\n"),
        ("yaml", "a:\n  ¦\n"),
    ],
)
def test_block(language_id, text):
    """Guards against one line suggested where a whole body is missing."""
    assert hole_at(at_cursor(text, language_id)).kind is HoleKind.BLOCK


@pytest.mark.parametrize(
    ("language_id", "text"),
    [
        ("python", "def f():\n    ¦\n    return 1\n"),
        ("python", "class A:\n    ¦\n    def f(self): pass\n"),
        ("python", "x = {\n    ¦\n}\n"),
        ("python", "x[1:\n  ¦\n]\n"),
        ("python", "x = 1\n¦\n"),
        ("python", "¦"),
        ("python", "def f():\n    ¦x\n"),
        ("javascript", "const a = {\n  ¦\n}\n"),
        ("javascript", "for (;;) {\n  ¦\n  x()\n}\n"),
        ("go", "x := []int{\n\t¦\n}\n"),
        ("c", "int a[] = {\n  ¦\n};\n"),
        ("json", "{\n  ¦\n}\n"),
    ],
)
def test_whole_line(language_id, text):
    """Guards against a second body where there is one, and against bodies of literals."""
    assert hole_at(at_cursor(text, language_id)).kind is HoleKind.WHOLE_LINE


@pytest.mark.parametrize(
    ("language_id", "text"),
    [
        ("python", "foo(¦)"),
        ("python", "foo(a, x.¦)\n"),
        ("python", "foo(a, ¦\nx = 1\n"),
        ("python", "foo(\n    ¦\n)"),
        ("python", "x = f'{foo(a¦)}'"),
        ("javascript", "foo(a, ¦\nlet x"),
        ("rust", 'println!("a", ¦);'),
        ("go", "func f() { g(¦) }"),
        ("java", "class A { void f() { g(1, ¦); } }"),
        ("lua", "f(¦)"),
        ("ruby", "f(¦)"),
        ("php", "<?php f(¦);"),
        ("kotlin", "foo(a, ¦)"),
    ],
)
def test_arguments(language_id, text):
    """Guards against calls missed, with the closing bracket typed or not."""
    assert hole_at(at_cursor(text, language_id)).kind is HoleKind.ARGUMENTS


@pytest.mark.parametrize(
    ("language_id", "text"),
    [
        ("python", "x = 'a¦b'"),
        ("python", "x = '¦'"),
        ("python", "x = 'abc¦\ny = 1\n"),
        ("python", '"""doc\n    ¦\n"""'),
        ("python", 'x = """doc\n    ¦\n'),
        ("javascript", "foo(`a¦`)"),
        ("javascript", "const s = 'abc¦\nlet x"),
        ("typescriptreact", "const a = <div b='x¦'>hi</div>"),
        ("rust", 'fn f() { let s = r#"a¦"#; }'),
        ("go", "var s = `a¦`"),
        ("cpp", 'auto s = R"(a¦)";'),
        ("lua", "local s = [[a¦]]"),
        ("shellscript", 'echo "a¦"'),
        ("shellscript", "cat <<EOF\nhi¦\nEOF\n"),
        ("ruby", "s = <<~X\n h¦i\nX\n"),
        ("php", "<?php $a = <<<X\nh¦i\nX;\n"),
        ("html", "<a href='x¦'>"),
        ("json", '{"a¦": 1}'),
        ("kotlin", 'val s = "a¦"'),
    ],
)
def test_string(language_id, text):
    """Guards against code suggested inside of text, closed or not yet."""
    assert hole_at(at_cursor(text, language_id)).kind is HoleKind.STRING


@pytest.mark.parametrize(
    ("language_id", "text"),
    [
        ("python", "x = 'ab'¦"),
        ("python", "x = ¦'ab'"),
        ("python", "x = r¦'ab'"),
        ("python", "x = ''¦"),
        ("python", "x = f'{a.¦}'"),
        ("python", "x = ('a' ¦\n 'b')"),
        ("javascript", "foo(`a${b¦}`)"),
        ("javascript", "/* a */¦"),
        ("javascript", "if (¦)"),
        ("typescript", "let x: string¦ = 1"),
        ("rust", "fn f<'a>(x: &'a str¦) {}"),
        ("shellscript", 'echo "$(a¦)"'),
        ("ruby", 'x = "a#{b¦}"'),
        ("markdown", "don't ¦"),
        ("swift", "func f(a¦"),
    ],
)
def test_beside_strings_comments_and_calls(language_id, text):
    """Guards against prose or arguments suggested where code goes on."""
    assert hole_at(at_cursor(text, language_id)).kind is HoleKind.REST_OF_LINE


@pytest.mark.parametrize(
    ("language_id", "text"),
    [
        ("python", "x = 1  # a¦"),
        ("python", "# a¦\nx = 1"),
        ("javascript", "// a¦\nx"),
        ("javascript", "/* a\n  ¦\n*/"),
        ("rust", "/// doc¦\nfn f() {}"),
        ("lua", "-- a¦\nx = 1"),
        ("html", "<!-- a¦ -->"),
        ("shellscript", "# a¦"),
        ("kotlin", "// a¦"),
        ("sql", "-- a¦"),
    ],
)
def test_comment(language_id, text):
    """Guards against code suggested inside of a comment."""
    assert hole_at(at_cursor(text, language_id)).kind is HoleKind.COMMENT


def test_the_line_after_a_comment_is_code():
    """Guards against comments that, in Rust's tree, hold their line ending."""
    for language_id, text in [("python", "# a\n¦x = 1"), ("rust", "/// doc\n¦fn f() {}")]:
        assert hole_at(at_cursor(text, language_id)).kind is HoleKind.WHOLE_LINE
