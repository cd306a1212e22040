"""What is offered where: by the tree and the text alone.

¦ is the cursor; « and » are the ends of a selection.
"""

import pytest
from lsprotocol.types import Diagnostic, DiagnosticSeverity, Range

from diffgem_lsp.actions.kinds import ActionKind, Shape
from diffgem_lsp.actions.listing import Asked, instructed, offers
from diffgem_lsp.snapshots import Snapshot

FILL, FILL_ALL, DOCUMENT = ActionKind.FILL, ActionKind.FILL_ALL, ActionKind.DOCUMENT
COMPLETE, REGENERATE, FIX = ActionKind.COMPLETE, ActionKind.REGENERATE, ActionKind.FIX


def asked(drawn, language="python", messages=(), **how):
    """The diagnostics mark the selection."""
    at = drawn.find("¦")
    start, end = (at, at) if at >= 0 else (drawn.index("«"), drawn.index("»") - 1)
    text = drawn.translate({ord(mark): None for mark in "¦«»"})
    snapshot = Snapshot.of(text, start, language)
    marked = Range(snapshot.position(start), snapshot.position(end))
    diagnostics = [Diagnostic(marked, message) for message in messages]
    return Asked(snapshot, start, end, diagnostics, **how)


def listed(drawn, language="python", **how):
    return {each.kind: each for each in offers(asked(drawn, language, **how))}


def opened(drawn, kind, language="python"):
    """The document as the first opening of an offer leaves it, ¦ in the hole."""
    ask = asked(drawn, language)
    offer = {each.kind: each for each in offers(ask)}.get(kind)
    if offer is None:
        return None
    made = offer.openings[0].opened(ask.snapshot)
    return made.prefix + "¦" + made.suffix


@pytest.mark.parametrize(
    ("language", "drawn", "hole"),
    [
        ("python", "def f(a):\n    ¦pass\n", "def f(a):\n    ¦\n"),
        ("python", "def f(a):\n    pass¦\n", "def f(a):\n    ¦\n"),
        ("python", "def f(a): .¦..\n", "def f(a):\n    ¦\n"),
        ("python", "x = ..¦.\n", "x = ¦\n"),
        ("python", "d¦ef f():\n    'd'\n    ...\n", "def f():\n    'd'\n    ¦\n"),
        ("python", "def f():\n  raise NotImplementedError('¦x')\n", "def f():\n  ¦\n"),
        ("python", "def f():\n    # TODO: a¦\n    x = 1\n",
         "def f():\n    # TODO: a\n    ¦\n    x = 1\n"),
        ("python", "def f():\n    # TODO: a¦\n    # and b\n    pass\n",
         "def f():\n    # TODO: a\n    # and b\n    ¦\n"),
        ("python", "def f():¦\n    # TODO: a\n", "def f():\n    # TODO: a\n    ¦\n"),
        ("python", "if x:  # FIXME¦\n\ny = 1\n", "if x:  # FIXME\n    ¦\n\ny = 1\n"),
        ("python", "if x:\n¦\ny = 1\n", "if x:\n    ¦\ny = 1\n"),
        ("python", "class A:\n\tdef f(self): ¦...\n", "class A:\n\tdef f(self):\n\t\t¦\n"),
        ("python", "def f():\r\n    ¦pass\r\n", "def f():\r\n    ¦\r\n"),
        ("javascript", "function f(a) {¦}\n", "function f(a) {\n  ¦\n}\n"),
        ("javascript", "const g = (a) => {\n  throw new Error('¦not implemented');\n}\n",
         "const g = (a) => {\n  ¦\n}\n"),
        ("typescript", "class A {\n  f(x: number): void {\n    ¦\n  }\n}\n",
         "class A {\n  f(x: number): void {\n    ¦\n  }\n}\n"),
        ("typescriptreact", "function F() {\n  // TODO: ¦render\n  return null\n}\n",
         "function F() {\n  // TODO: render\n  ¦\n  return null\n}\n"),
        ("rust", "pub fn f(a: u8) -> u8 {\n    to¦do!()\n}\n",
         "pub fn f(a: u8) -> u8 {\n    ¦\n}\n"),
        ("rust", "fn f() { unimplemented!(¦) }\n", "fn f() {\n    ¦\n}\n"),
        ("rust", "let x = todo!(¦);\n", "let x = ¦;\n"),
        ("go", 'func f(a int) int {\n\tpanic("¦not implemented")\n}\n',
         "func f(a int) int {\n\t¦\n}\n"),
        ("go", "func (s *T) Go() {¦}\n", "func (s *T) Go() {\n\t¦\n}\n"),
        ("java",
         "class A {\n  int f() {\n    throw new Unsupported¦OperationException();\n  }\n}\n",
         "class A {\n  int f() {\n    ¦\n  }\n}\n"),
        ("c", "static int f(int a)\n{¦\n}\n", "static int f(int a)\n{\n    ¦\n}\n"),
        ("cpp", "int f(int a) {\n  // TODO: ¦add\n}\n", "int f(int a) {\n  // TODO: add\n  ¦\n}\n"),
        ("lua", "local function g(a)¦\nend\n", "local function g(a)\n  ¦\nend\n"),
        ("ruby", "class A\n  def f(x)¦\n  end\nend\n", "class A\n  def f(x)\n    ¦\n  end\nend\n"),
        ("ruby", "def g\n  raise NotImplementedError¦\nend\n", "def g\n  ¦\nend\n"),
        ("php", "<?php\nfunction g() { throw new \\Exception('¦TODO'); }\n",
         "<?php\nfunction g() {\n    ¦\n}\n"),
        ("shellscript", "f() {\n  ¦:\n}\n", "f() {\n  ¦\n}\n"),
        ("kotlin", "fun f() {\n  TODO(¦)\n}\n", "fun f() {\n  ¦\n}\n"),
        ("css", "a {\n¦\n}\n", "a {\n  ¦\n}\n"),
    ],
)  # fmt: skip
def test_fill_this_hole(language, drawn, hole):
    """Guards placeholders that are missed, bodies at the wrong indent, and comments that go."""
    assert opened(drawn, FILL, language) == hole


@pytest.mark.parametrize(
    ("language", "drawn"),
    [
        ("python", "x: tuple[int, ..¦.]\n"),
        ("python", "x = '# TODO: ¦a'\n"),
        ("python", "def f():\n    return ¦1\n"),
        ("python", "x = 1  # done¦\n"),
        ("javascript", "if (a) {\n  b¦()\n}\n"),
        ("rust", "fn f() -> u8 { ¦1 }\n"),
        ("plaintext", "TO¦DO: buy milk\n"),
        ("json", '{"TODO": ¦1}\n'),
    ],
)
def test_where_nothing_is_missing(language, drawn):
    """Guards a light bulb on every line."""
    assert FILL not in listed(drawn, language)


def test_the_holes_of_a_selection():
    """Guards the same text everywhere: each hole is its own opening, filled with the others."""
    drawn = "«def f():\n    pass\n\n\ndef g():\n    # TODO: b\n    ...\n\n\nx = ...\n»"
    offer = listed(drawn)[FILL_ALL]
    assert offer.title == "Fill the 3 holes of the selection"
    assert [each.shape for each in offer.openings] == [Shape.CODE, Shape.CODE, Shape.LINE]
    assert listed("«def f():\n    pass\n\nx = 1\n»")[FILL].openings[0].start == 13
    assert FILL not in listed("«x = 1\n»")


@pytest.mark.parametrize(
    ("language", "drawn", "hole"),
    [
        ("python", "def f(a):\n    return¦ a\n", 'def f(a):\n    """¦"""\n    return a\n'),
        ("python", "class A:\n\t¦x = 1\n", 'class A:\n\t"""¦"""\n\tx = 1\n'),
        ("python", "@d\nasync ¦def f():\n    pass\n",
         '@d\nasync def f():\n    """¦"""\n    pass\n'),
        ("javascript", "export function f¦(a) {\n  return a\n}\n",
         "/** ¦ */\nexport function f(a) {\n  return a\n}\n"),
        ("typescript", "class A {\n  f¦() { return 1 }\n}\n",
         "class A {\n  /** ¦ */\n  f() { return 1 }\n}\n"),
        ("rust", "#[inline]\nfn f()¦ {}\n", "/// ¦\n#[inline]\nfn f() {}\n"),
        ("go", "func (s *T) Go()¦ {}\n", "// Go ¦\nfunc (s *T) Go() {}\n"),
        ("java", "class A {\n  @Override\n  int f()¦ { return 1; }\n}\n",
         "class A {\n  /** ¦ */\n  @Override\n  int f() { return 1; }\n}\n"),
        ("cpp", "template <class T>\nint f(T a)¦ { }\n",
         "/** ¦ */\ntemplate <class T>\nint f(T a) { }\n"),
        ("lua", "function f(a)¦\nend\n", "--- ¦\nfunction f(a)\nend\n"),
        ("ruby", "class A\n  def f¦\n  end\nend\n", "class A\n  # ¦\n  def f\n  end\nend\n"),
        ("php", "<?php\nfunction g()¦ {}\n", "<?php\n/** ¦ */\nfunction g() {}\n"),
    ],
)  # fmt: skip
def test_documentation(language, drawn, hole):
    """Guards quotes that the model would have to close, and a comment under the decorators."""
    assert opened(drawn, DOCUMENT, language) == hole


@pytest.mark.parametrize(
    ("language", "drawn"),
    [
        ("python", "def f():\n    '''Done.'''\n    return ¦1\n"),
        ("python", "def f(): return ¦1\n"),
        ("python", "x = ¦1\n"),
        ("rust", "/// Done.\n#[inline]\nfn f() { ¦}\n"),
        ("java", "/**\n * Done.\n */\nclass A¦ {}\n"),
        ("json", '{"a": ¦1}\n'),
    ],
)
def test_what_is_documented_already(language, drawn):
    assert DOCUMENT not in listed(drawn, language)


@pytest.mark.parametrize(
    ("language", "drawn", "hole"),
    [
        ("python", "def f(a):\n    ¦b = a\n", "def f(a):\n    b = a\n    ¦\n"),
        ("python", "def f(a):\n    if a:\n        ¦b()\n",
         "def f(a):\n    if a:\n        b()\n    ¦\n"),
        ("go", "func f() {\n\ta()¦\n}\n", "func f() {\n\ta()\n\t¦\n}\n"),
        ("javascript", "function f() {\n  a(¦)\n}\n", "function f() {\n  a()\n  ¦\n}\n"),
        ("python", "def f(a):\n    return ¦a\n", None),
        ("rust", "fn f() -> u8 {\n    return¦ 1;\n}\n", None),
        ("python", "x = ¦1\n", None),
    ],
)  # fmt: skip
def test_complete_this_function(language, drawn, hole):
    """Guards code that nothing reaches, and statements that go on in a deeper block."""
    assert opened(drawn, COMPLETE, language) == hole


def test_regenerate_the_selection():
    """Guards the white space around a selection, which would have to be written again."""
    ask = asked("def f():\n«    a = 1\n    b = 2\n»    return a\n")
    [offer] = [each for each in offers(ask) if each.kind is REGENERATE]
    [opening] = offer.openings
    assert ask.snapshot.text[opening.start : opening.end] == "a = 1\n    b = 2"
    assert opening.shape is Shape.CODE
    assert REGENERATE not in listed("x = 1\n« \n»")


def test_fix_this_diagnostic():
    """Guards more than the span that is marked, and titles of a page."""
    ask = asked("x = «prise»\n", messages=["undefined name 'prise'", "b" * 200])
    first, second = (each for each in offers(ask) if each.kind is FIX)
    assert first.title == "Fix: undefined name 'prise'"
    assert len(second.title) < 80
    assert [(each.start, each.end, each.shape) for each in first.openings] == [(4, 9, Shape.LINE)]
    assert first.diagnostic == ask.diagnostics[0]


def test_a_diagnostic_without_a_length_opens_its_line():
    """Guards a hole that nothing is taken out of, so that nothing can be mended."""
    ask = asked("def f(x)¦\n    return x\n", messages=["expected ':'"])
    [offer] = [each for each in offers(ask) if each.kind is FIX]
    assert (offer.openings[0].start, offer.openings[0].end) == (0, 8)
    hint = Diagnostic(ask.diagnostics[0].range, "unused", severity=DiagnosticSeverity.Hint)
    assert not [
        each for each in offers(Asked(ask.snapshot, ask.start, ask.end, [hint])) if each.kind is FIX
    ]


@pytest.mark.parametrize(
    ("only", "kinds"),
    [
        (("quickfix",), set()),
        (("refactor",), {FILL, DOCUMENT}),
        (("refactor.rewrite",), {FILL, DOCUMENT}),
        (("refactor.rewrite.diffgem.document",), {DOCUMENT}),
        (("refactor.rew",), set()),
        (("source.organizeImports",), set()),
        (("source", "refactor"), {FILL, DOCUMENT}),
    ],
)
def test_only_the_kinds_that_are_asked_for(only, kinds):
    """Guards "organize imports on save" that writes a function."""
    assert set(listed("def f():\n    ¦pass\n", only=only)) == kinds


def test_an_editor_that_asks_by_itself_hears_of_what_is_missing_alone():
    """Guards a light bulb on every line."""
    assert set(listed("def f():\n    ¦pass\n", by_itself=True)) == {FILL}
    assert listed("def f():\n    return «1»\n", by_itself=True) == {}


def test_a_selection_that_says_what_to_do():
    """Guards a promise that the checkpoint cannot keep."""
    drawn = "«# diffgem: use a list comprehension\nfor x in y:\n    z.append(x)\n»"
    assert ActionKind.REWRITE not in listed(drawn)
    offer = listed(drawn, instructions=True)[ActionKind.REWRITE]
    assert offer.instruction == "use a list comprehension"
    assert offer.title == "Rewrite: use a list comprehension"
    assert ActionKind.REWRITE not in listed("«# a comment\nx = 1\n»", instructions=True)
    assert ActionKind.REWRITE not in listed("«# diffgem:  \nx = 1\n»", instructions=True)


@pytest.mark.parametrize(
    "line", ["/* DiffGem: sort it */", "<!--diffgem:sort it-->", "-- diffgem: sort it"]
)
def test_what_to_do_stands_in_any_comment(line):
    offer = listed(f"«{line}\nx = 1\n»", instructions=True)[ActionKind.REWRITE]
    assert offer.instruction == "sort it"


def test_a_comment_of_many_blanks_takes_not_for_ever():
    """Five thousand were as many minutes."""
    drawn = f"«# diffgem: a{' ' * 10_000}b\nx = 1\n»"
    assert listed(drawn, instructions=True)[ActionKind.REWRITE].instruction.endswith(" b")


def test_a_rewrite_by_command_opens_the_range():
    snapshot = Snapshot.of("x = 1\ny = 2\n", 0, "python")
    offer = instructed(snapshot, 0, 6, "double it")
    assert (offer.openings[0].start, offer.openings[0].end) == (0, 5)
    assert offer.instruction == "double it"
