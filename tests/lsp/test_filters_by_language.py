"""The filters in every family of languages: the document, ¦ the cursor, what is left of a text."""

import pytest

from diffgem_lsp import filters
from diffgem_lsp.holes.site import hole_at
from diffgem_lsp.snapshots import Snapshot

CLOSED = {
    "python": [("print(a¦)\n", ", b)", ", b"), ("x = {'a': ¦}\n", "[1]}", "[1]")],
    "javascript": [
        ("f(a¦);\n", ", b);", ", b"),
        ("const o = { a: ¦ };\n", "[1] }", "[1]"),
        ("const s = `a¦`;\n", "b`", "b"),
    ],
    "typescript": [("f<T>(a¦): void {}\n", ": T)", ": T"), ("let m: Map<string, ¦>;\n", "T>", "T")],
    "tsx": [("const a = <A b={c¦} />;\n", ".d}", ".d")],
    "rust": [("fn f(a: u8¦) {}\n", ", b: u8)", ", b: u8"), ('let s = "a¦";\n', 'b"', "b")],
    "go": [("func f(a int¦) {}\n", ", b int)", ", b int"), ("x := []int{1¦}\n", ", 2}", ", 2")],
    "java": [("class A { void f(int a¦) {} }\n", ", int b)", ", int b")],
    "c": [("int a[¦];\n", "10]", "10"), ("f(a¦);\n", ", b);", ", b")],
    "cpp": [("std::vector<int> v{1¦};\n", ", 2}", ", 2")],
    "lua": [("print(a¦)\n", ", b)", ", b"), ("t = { a = ¦ }\n", "1 }", "1")],
    "ruby": [("puts(a¦)\n", ", b)", ", b"), ("h = { a: ¦ }\n", "1 }", "1")],
    "php": [("<?php f($a¦);\n", ", $b)", ", $b")],
    "bash": [('echo "$(ls ¦)"\n', "-l)", "-l")],
    "css": [("a { color: rgb(1, ¦); }\n", "2, 3)", "2, 3")],
    "json": [('{"a": [1¦]}\n', ", 2]", ", 2")],
}
EXTENT = {
    "python": [("if a:\n    ¦\n", "b()\nelse:\n    c()", "b()")],
    "javascript": [
        ("if (a) {\n  ¦\n}\n", "b();\n}\nc();", "b();"),
        ("const x = ¦\n", "f(\n  1\n);\ng();", "f(\n  1\n);"),
        ("// see¦\n", " this\nf();", " this"),
    ],
    "typescript": [("class A {\n  ¦\n}\n", "b = 1;\n}\nc();", "b = 1;")],
    "rust": [("fn f() {\n    ¦\n}\n", "g();\n}\nfn h() {}", "g();"), ("// a¦\n", "b\nc();", "b")],
    "go": [("func f() {\n\t¦\n}\n", "g()\n}\n\nfunc h() {}", "g()")],
    "java": [("class A {\n    ¦\n}\n", "int a;\n}\nclass B {}", "int a;")],
    "c": [("int f(void) {\n    ¦\n}\n", "return 1;\n}\nint g;", "return 1;")],
    "lua": [("if a then\n  ¦\nend\n", "b()\nend\nc()", "b()")],
    "ruby": [("def f\n  ¦\nend\n", "1\nend\ng", "1")],
    "php": [("<?php\nif ($a) {\n    ¦\n}\n", "f();\n}\ng();", "f();")],
    "bash": [("if a; then\n  ¦\nfi\n", "b\nfi\nc", "b")],
    "css": [("a {\n  ¦\n}\n", "color: red;\n}\nb {}", "color: red;")],
}
THERE = {
    "python": [("for x in ¦:\n    pass\n", "xs:", "xs"), ("¦\ny = 2\n", "x = 1\ny = 2", "x = 1")],
    "javascript": [
        ("const x = ¦;\n", "1;", "1"),
        ("if (¦) {\n}\n", "a) {", "a"),
        ("¦\nf();\n", "g();\nf();", "g();"),
    ],
    "typescript": [("let x: ¦ = 1;\n", "number = 1;", "number"), ("return ¦;\n", "a;", "a")],
    "rust": [
        ("let x = ¦;\n", "1;", "1"),
        ("¦\nlet y = 2;\n", "let x = 1;\nlet y = 2;", "let x = 1;"),
    ],
    "go": [("for i := ¦ {\n}\n", "range xs {", "range xs")],
    "java": [("class A { int a = ¦; }\n", "1; }", "1")],
    "c": [("int x = ¦;\n", "1;", "1"), ("#include ¦\nint x;\n", "<a.h>\nint x;", "<a.h>")],
    "lua": [("for i = 1, ¦ do\nend\n", "10 do", "10")],
    "ruby": [("xs.each ¦ |x|\nend\n", "do |x|", "do")],
    "php": [("<?php $x = ¦;\n", "1;", "1")],
    "css": [("a { color: ¦; }\n", "red; }", "red")],
    "json": [('{"a": ¦, "b": 2}\n', '1, "b": 2}', "1")],
}
BROKEN = {
    "python": [("x = ¦\n", "f((1)", ""), ("x = ¦\n", "f(1)", "f(1)")],
    "javascript": [("const x = ¦\n", "f((1)", ""), ("const x = ¦\n", "f(1);", "f(1);")],
    "typescript": [("let x: number = ¦\n", "= =", ""), ("let x: number = ¦\n", "1;", "1;")],
    "tsx": [("const a = ¦\n", "<A>;", ""), ("const a = ¦\n", "<A />;", "<A />;")],
    "rust": [
        ("fn f() {\n    let x = ¦;\n}\n", "g((1)", ""),
        ("fn f() {\n    let x = ¦;\n}\n", "g(1)", "g(1)"),
    ],
    "go": [("package a\nvar x = ¦\n", "f((1)", ""), ("package a\nvar x = ¦\n", "f(1)", "f(1)")],
    "java": [
        ("class A {\n    int a = ¦;\n}\n", "f((1)", ""),
        ("class A {\n    int a = ¦;\n}\n", "f(1)", "f(1)"),
    ],
    "c": [("int x = ¦;\n", "f((1)", ""), ("int x = ¦;\n", "f(1)", "f(1)")],
    "cpp": [("auto x = ¦;\n", "f((1)", ""), ("auto x = ¦;\n", "f<int>(1)", "f<int>(1)")],
    "lua": [("local x = ¦\n", "f((1)", ""), ("local x = ¦\n", "f(1)", "f(1)")],
    "ruby": [("x = ¦\n", "f((1)", ""), ("x = ¦\n", "f(1)", "f(1)")],
    "php": [("<?php\n$x = ¦;\n", "f((1)", ""), ("<?php\n$x = ¦;\n", "f(1)", "f(1)")],
    "bash": [("x=¦\n", "$((1", ""), ("x=¦\n", "$((1))", "$((1))")],
    "css": [("a {\n  ¦\n}\n", "color: red;", "color: red;"), ("a {\n  ¦\n}\n", "}} {{", "")],
    "json": [('{"a": 1¦}\n', ', "b"', ""), ('{"a": 1¦}\n', ', "b": 2', ', "b": 2')],
}


def rows(*tables):
    return [
        pytest.param(language, *row, id=f"{language}-{row[0]!r}")
        for table in tables
        for language, found in table.items()
        for row in found
    ]


@pytest.mark.parametrize(("language", "drawn", "text", "expected"), rows(CLOSED, EXTENT, THERE))
def test_what_the_document_has_is_not_put_in_again(language, drawn, text, expected):
    """Closers twice, the next function, or the next line once more."""
    assert left(language, drawn, text) == expected


@pytest.mark.parametrize(("language", "drawn", "text", "expected"), rows(BROKEN))
def test_code_that_does_not_parse(language, drawn, text, expected):
    """Broken code was suggested; or good code refused, as the hole itself was an error."""
    assert left(language, drawn, text) == expected


def test_enough_languages():
    """A filter that was only ever tried on Python."""
    assert all(len(table) >= 12 for table in (CLOSED, EXTENT, THERE, BROKEN))


def left(language, drawn, text):
    snapshot = Snapshot.of(drawn.replace("¦", ""), drawn.index("¦"), language)
    return filters.apply(text, filters.Site(snapshot, hole_at(snapshot), 12)).text


@pytest.mark.parametrize(
    ("language", "drawn", "text", "expected"),
    [
        ("go", "func f() {\n\tfmt.Println(Add(5 * tim¦\n", 'e"', "e"),
        ("python", "print(os.path.join(¦\n", 'a, "b', "a,"),
        ("python", "x = ¦\n", '"a" + "b"', '"a" + "b"'),
        ("plaintext", "x = ¦\n", '"""', '"""'),
        ("python", 'x = f("a¦")\n', 'b" + "c', "b"),
        ("c", "char c = ¦\n", "'\"';", "'\"';"),
        ("javascript", "const s = ¦;\n", '"a\\"b"', '"a\\"b"'),
        ("plaintext", "say ¦\n", '"hello', ""),
    ],
)
def test_a_quote_that_nothing_closes(language, drawn, text, expected):
    """The line was broken already, and so the tree had nothing to say."""
    assert left(language, drawn, text) == expected
