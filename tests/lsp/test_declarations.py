"""What is found to be declared, language by language."""

import pytest

from diffgem_lsp.index.declarations import LANGUAGES, LONGEST, MOST, declarations

FILES = {
    "python": (
        "import os\nX: int = 3\nclass A(B):\n    y = 'k'\n    @property\n    def f(self,\n"
        "       a):\n        def g(): pass\n        z = 1\n        return z\n",
        ["X: int = 3", "class A(B):", "A.y = ...", "A.def f(self, a):"],
    ),
    "javascript": (
        "export class A extends B {\n f = 1; g(x) { const y = () => 1 } #h() {} }\n"
        "export const k = (a, b) => a + b\nconst s = 'secret'\nfunction m(a) { function n() {} }\n",
        ["class A extends B", "A.f = 1", "A.g(x)", "A.#h()", "k = (a, b) =>", "s = ...",
         "function m(a)"],
    ),
    "typescript": (
        "interface A { b: string; c(x: number): void }\n"
        "export abstract class B<T> implements A {\n"
        " abstract d(): void; get(y: T): T { return y } }\n"
        "type U = A | B<number>\nenum E { P, Q }\nasync function f(x: number): Promise<void> {}\n",
        ["interface A", "A.b: string", "A.c(x: number): void", "abstract class B<T> implements A",
         "B.abstract d(): void", "B.get(y: T): T", "type U = A | B<number>", "enum E",
         "async function f(x: number): Promise<void>"],
    ),
    "typescriptreact": (
        "export const C = (p: P) => { return <div/> }\nfunction D(): JSX.Element { return <p/> }\n",
        ["C = (p: P) =>", "function D(): JSX.Element"],
    ),
    "rust": (
        "pub struct P<T> { pub x: T }\n"
        "impl<T> P<T> { pub fn new(x: T) -> Self { let y = 1; P { x } } }\n"
        "trait T { fn a(&self); }\nconst K: u8 = 1;\nmod m { fn z() {} }\n",
        ["pub struct P<T>", "P.pub x: T", "P.pub fn new(x: T) -> Self", "trait T", "T.fn a(&self);",
         "const K: u8 = 1;", "m.fn z()"],
    ),
    "go": (
        "package a\ntype S struct { A int }\ntype I interface { F(x int) error }\n"
        "func (s *S) M(a, b int) (int, error) { return 1, nil }\nfunc N() {}\nvar v = \"secret\"\n",
        ["S struct { A int }", "S.A int", "I interface { F(x int) error }", "I.F(x int) error",
         "func (s *S) M(a, b int) (int, error)", "func N()", "v = ..."],
    ),
    "java": (
        "class A extends B { private final int x = 1; public A(int x) {}\n"
        " public <T> T f(T a) throws E { int z; return a; } enum Q { R } }\n",
        ["class A extends B", "A.private final int x = 1;", "A.public A(int x)",
         "A.public <T> T f(T a) throws E", "A.enum Q"],
    ),
    "c": (
        "struct s { int a; char *b; };\ntypedef struct s T;\nint *f(int a);\n"
        "static int g(void) { int x = 1; return 0; }\n#define M(a) a\nint z = 3;\n",
        ["struct s", "s.int a;", "s.char *b;", "typedef struct s T;", "int *f(int a);",
         "static int g(void)", "#define M(a) a", "int z = 3;"],
    ),
    "cpp": (
        "namespace n { class X : public Y { public: int f() const; T t; }; using A = int; }\n"
        "int X::g(int a) { return 1; }\n",
        ["n.class X : public Y", "X.int f() const;", "X.T t;", "n.using A = int;",
         "int X::g(int a)"],
    ),
    "ruby": (
        "module M\n class A < B\n  K = 'secret'\n  def f(a, b: 1)\n   c = 1\n  end\n end\nend\n",
        ["module M", "M.class A < B", "A.K = ...", "A.def f(a, b: 1)"],
    ),
    "php": (
        "<?php\nfinal class A extends B {\n"
        " const K = 1; function f(int $a): string { return ''; } }\n"
        "function g($x) {}\n",
        ["final class A extends B", "A.K = 1", "A.function f(int $a): string", "function g($x)"],
    ),
    "lua": (
        "local function f(a) local b = 1 end\nfunction M:h(x) return x end\n"
        "M.k = function(y) return y end\n",
        ["local function f(a)", "function M:h(x)", "M.k = function(y)"],
    ),
    "shellscript": ("f() {\n local x=1\n}\nX=1\n", ["f()", "X=1"]),
}  # fmt: skip


def shown(text, language):
    found = declarations(text.encode(), language)
    return [f"{each.container}.{each.signature}".removeprefix(".") for each in found]


@pytest.mark.parametrize("language", FILES)
def test_what_a_file_declares(language):
    text, expected = FILES[language]
    assert shown(text, language) == expected


def test_every_language_has_its_file():
    """A query that nobody has run is one that does not compile."""
    assert len(FILES) == len(LANGUAGES)


def test_lines_and_names():
    first, second = declarations(b"\n\nclass A:\n    def f(self): ...\n", "python")
    assert (first.name, first.kind, first.line) == ("A", "class", 2)
    assert (second.name, second.kind, second.container, second.line) == ("f", "function", "A", 3)


def test_no_value_of_a_variable_that_is_a_text():
    """Passwords stand in constants, and the store is a file."""
    for language, (text, _) in FILES.items():
        assert "secret" not in "".join(shown(text, language))


def test_bounds():
    """A generated file filled the store."""
    many = "".join(f"def f{n}(): ...\n" for n in range(MOST + 10)).encode()
    assert len(declarations(many, "python")) == MOST
    (long,) = declarations(b"def f(" + b"a, " * 1000 + b"): ...\n", "python")
    assert len(long.signature) <= LONGEST


@pytest.mark.parametrize("language", ["json", "css", "plaintext", ""])
def test_other_languages_declare_nothing(language):
    assert declarations(b"{}", language) == []


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe def f(", b"class \xe9\xe9:\n  def", b"def " * 500]
)
def test_broken_files(data):
    """What is being typed is broken most of the time."""
    for language in FILES:
        for each in declarations(data, language):
            assert each.name.isprintable()
