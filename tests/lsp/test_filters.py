"""Every filter with a drawn cursor: the document, ¦ where the text would go, what is left of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sources import SOURCES

from diffgem_lsp import filters
from diffgem_lsp.filters import errors as filter_syntax
from diffgem_lsp.filters import extent as filter_extent
from diffgem_lsp.filters import overlap as filter_overlap
from diffgem_lsp.filters.errors import new_syntax_errors
from diffgem_lsp.holes.kinds import HoleKind
from diffgem_lsp.holes.site import hole_at
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.scopes import error_count, error_count_with


def site(drawn, language="python", max_lines=12):
    snapshot = Snapshot.of(drawn.replace("¦", ""), drawn.index("¦"), language)
    return filters.Site(snapshot, hole_at(snapshot), max_lines)


def left(drawn, text, language="python", max_lines=12):
    return filters.apply(text, site(drawn, language, max_lines)).text


def test_the_reason_names_the_filter():
    """The model answered, nothing was shown, and nobody could tell why."""
    assert filters.apply("", site("¦")).reason == "the model proposes nothing"
    reason = filters.apply(" \n ", site("¦")).reason
    assert reason == "the proposal was dropped: whitespace only"
    assert filters.in_words(reason) == "the suggestion was blank"
    assert filters.apply("x", site("¦")) == filters.Filtered("x")


@pytest.mark.parametrize("step", filters.FILTERS)
def test_no_user_reads_the_name_of_a_filter(step):
    """`overlap with suffix` stood in the status bar; and it is no wider than Neovim shows."""

    def nothing(text, site):
        return ""

    nothing.__name__ = step.__name__
    said = filters.in_words(filters.apply("x", site("¦"), (nothing,)).reason)
    assert said.startswith("the suggestion ")
    assert len(said) <= 50


def test_other_reasons_are_in_words_already():
    assert filters.in_words("the model proposes nothing") == "the model proposes nothing"


@pytest.mark.parametrize(
    "text", ["a\0b", "a\x1b[31m", "a\ufffd", chr(0xD800), "\x7f", "\x9b31m", "a\x85b"]
)
def test_broken_characters(text):
    """Half a character, or an escape sequence for the user's terminal."""
    assert left("x = ¦\n", text) == ""


@pytest.mark.parametrize("mark", ["\u202e", "\u202a", "\u2066", "\u2069", "\u200f", "\u061c"])
def test_text_that_reads_otherwise_than_it_is(mark):
    """What is shown backwards is accepted by who has not seen it."""
    text = f"'a{mark}b'"
    assert left("x = ¦\n", text) == ""


@pytest.mark.parametrize("text", [" ", "\n\n", "\t\n  "])
def test_whitespace_only(text):
    """Ghost text that nobody sees, but that Tab accepts."""
    assert left("x = ¦\n", text) == ""
    assert left("¦\n", text) == ""


@pytest.mark.parametrize(
    ("drawn", "text", "expected"),
    [
        ("def f():\n    ¦\n", "\n    return 1", "return 1"),
        ("def f():\n    ¦\n", "  \n\n    return 1", "return 1"),
        ("def f():\n    ¦\n", "x = 1\n\n    return x", "x = 1\n\n    return x"),
        ("x = ¦\n", "\ny = 1", "\ny = 1"),
    ],
)
def test_leading_blank_lines(drawn, text, expected):
    """White space was left on the cursor's line, and the code stood a line lower."""
    assert filter_extent.leading_blank_lines(text, site(drawn)) == expected


@pytest.mark.parametrize(
    ("drawn", "text", "expected"),
    [
        ("x = ¦\n", "1\ny = 2", "1"),
        ("x = 1¦\n", "\ny = 2", ""),
        ("x = ¦\n", "foo(\n    1,\n)\ny = 2", "foo(\n    1,\n)"),
        ("x = [¦\n", "\n    1,\n]\ny = 2", "\n    1,\n]"),
        ("x = ¦\n", "'('\ny = 2", "'('"),
        ("foo(¦)\n", "a,\n    b", "a,"),
        ("def f¦\n", "(x):\n    return x", "(x):"),
        ("# see¦\n", " this\nx = 1", " this"),
        ("x = 'ab¦\n", "c'\ny = 1", "c'"),
        ('"""Ab¦\n', 'c.\n\nMore."""', "c."),
        ("¦\n", "x = 1\ny = 2", "x = 1\ny = 2"),
        ("¦ + 1\n", "x\ny", "x"),
    ],
)
def test_beyond_line(drawn, text, expected):
    """More lines than the hole has: the view jumps, and what follows the cursor is torn off."""
    assert filter_extent.beyond_line(text, site(drawn)) == expected


@pytest.mark.parametrize(
    ("drawn", "text", "expected"),
    [
        ("def f():\n    ¦\n", "return 1\n\n\ndef g():\n    pass", "return 1\n\n"),
        ("if a:\n    ¦\n", "b()\nelse:\n    c()", "b()"),
        ("def f():\n¦\n", "    x = 1\n    return x\nf()", "    x = 1\n    return x"),
        ("if a:\n\t¦\n", "b()\n\tc()\nd()", "b()\n\tc()"),
        ("if a:\n    ¦\n", "for b in c:\n        d()", "for b in c:\n        d()"),
        ("¦\n", "def f():\n    pass\nx = 1", "def f():\n    pass\nx = 1"),
        ("x = ¦\n", "1\n", "1\n"),
    ],
)
def test_beyond_block(drawn, text, expected):
    """A completion of a body went on with the next function."""
    assert filter_extent.beyond_block(text, site(drawn)) == expected


def test_a_line_that_closes_the_block_is_kept_unless_it_is_there():
    """Blocks were never closed, or closed twice."""
    assert left("if (a) {\n  ¦\n", "b();\n}\nc();", "javascript") == "b();\n}"
    assert left("if (a) {\n  ¦\n}\n", "b();\n}\nc();", "javascript") == "b();"
    assert left("if a then\n  ¦\n", "b()\nend\nc()", "lua") == "b()\nend"


def test_line_cap():
    """No cap on lines: the fourth most frequent complaint."""
    text = "\n".join(f"x{n} = {n}" for n in range(9))
    assert left("¦\n", text, max_lines=3) == "x0 = 0\nx1 = 1\nx2 = 2"
    assert left("¦\n", text) == text


@pytest.mark.parametrize(
    ("drawn", "text", "expected"),
    [
        ("foo(a¦)\n", ")", ""),
        ("foo(a¦)\n", ", b)", ", b"),
        ("foo(a¦)\n", ", g(b))", ", g(b)"),
        ("foo(a¦)\n", ", g(b)", ", g(b)"),
        ("foo(a¦)\n", ", ')'", ", ')'"),
        ("foo(a¦):\n", ", b) + c(", ", b"),
        ("foo([a¦])\n", ", b])", ", b"),
        ("x = {'a': ¦}\n", "[1]}", "[1]"),
        ("x = 'a¦'\n", "b'", "b"),
        ("x = 'a¦'\n", "b', 'c'", "b"),
        ("x = 'a¦'\n", "b\\'c'", "b\\'c"),
        ('x = "a¦"\n', "it's", "it's"),
        ("foo(¦ 'x')\n", "'y',", "'y',"),
    ],
)
def test_closed_already(drawn, text, expected):
    """Duplicate closing brackets: the thirteenth most frequent complaint."""
    assert filter_overlap.closed_already(text, site(drawn)) == expected


@pytest.mark.parametrize(
    ("drawn", "text", "expected"),
    [
        ("if ¦a:\n", "not a:", "not "),
        ("for x in ¦:\n", "xs:", "xs"),
        ("for x¦ in xs:\n", "y in xs: ", "y"),
        ("x = ¦a + b\n", "data", "data"),
        ("x = ¦a + b\n", "c + a + b", "c + "),
        ("x = ¦a + b\n", "c + a ", "c + "),
        ("x = ¦ab\n", "c + a", "c + a"),
        ("foo(¦a, b)\n", "a, b)", ""),
        ("foo(¦)\n", "g()", "g()"),
        ("x = ¦  # why\n", "1  # why", "1"),
        ("x = ¦\n", "x = ", "x = "),
    ],
)
def test_overlap_with_suffix(drawn, text, expected):
    """What stands after the cursor was suggested again; or half a word of it cut off."""
    assert filter_overlap.overlap_with_suffix(text, site(drawn)) == expected


@pytest.mark.parametrize(
    ("drawn", "text", "expected"),
    [
        ("¦\ny = 2\n", "x = 1\ny = 2", "x = 1"),
        ("¦\ny = 2\nz = 3\n", "x = 1\ny = 2\n\nz = 3", "x = 1"),
        ("¦\n\n\ny = 2\n", "y = 2", ""),
        ("import¦\nimport os\n", " os", ""),
        ("if a:\n    ¦\nb()\n", "b()", "b()"),
        ("if a:\n    ¦\n    b()\n", "b()", ""),
        ("if a:\n\t¦\n        b()\n", "b()", ""),
        ("¦\r\ny = 2\r\n", "x = 1\ny = 2", "x = 1"),
        ("¦\ny = 2\n", "y = 2\nx = 1", "y = 2\nx = 1"),
    ],
)
def test_repeated_lines(drawn, text, expected):
    """The next lines were suggested before themselves."""
    assert filter_overlap.repeated_lines(text, site(drawn)) == expected


def test_trailing_space():
    """Linters complain of what Tab has put in."""
    assert left("x = ¦\n", "1  ") == "1"
    assert left("x =¦1\n", " 2 + ") == " 2 + "


@pytest.mark.parametrize(
    ("drawn", "text", "expected"),
    [
        ("x = ¦\n", "foo(1)", "foo(1)"),
        ("x = ¦\n", "foo((1)", ""),
        ("x = ¦\n", "= =", ""),
        ("foo(¦\n", "a, b)", "a, b)"),
        ("foo(¦\n", "a, b", "a, b"),
        ("¦\n", "x = 1\ny = (\nz", "x = 1"),
        ("¦\n", "x = = 1", ""),
        ("x = 'a¦'\n", "b (", "b ("),
        ("# a¦\n", " ( ] =", " ( ] ="),
        ("def f(:\n    pass\n\nx = ¦\n", "g(1)", "g(1)"),
        ("def f(:\n    pass\n\n¦\n", "x = = 1", ""),
        ("import ¦\nx = 1\n", "os", "os"),
        ("if ¦\n", "a:", "a:"),
        ("class A¦\n", "(B):", "(B):"),
        ("x = foo¦\n", "(1", ""),
        ("x = not¦\n", " y(", ""),
        ("x = not¦\n", " y", " y"),
        ("x = lambda¦\n", ": (", ""),
        ("def f():\n    return¦\n", " (", ""),
    ],
)
def test_new_syntax_errors(drawn, text, expected):
    """Broken code was suggested; or good code refused, as the hole itself was an error."""
    assert new_syntax_errors(text, site(drawn)) == expected


@pytest.mark.parametrize(("text", "parses"), [("foo(1)", 1), ("foo(1", 3)])
def test_good_code_costs_one_parse(monkeypatch, text, parses):
    """Half of a request's own time: the line without the completion was parsed again as well."""
    counted = []
    for count in (error_count, error_count_with):
        monkeypatch.setattr(
            filter_syntax, count.__name__, lambda *of, count=count: counted.append(1) or count(*of)
        )
    assert new_syntax_errors(text, site("x = ¦\n")) == (text if parses == 1 else "")
    assert len(counted) == parses


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SOURCES)), st.text("ab ()[]{}'\"\n:=", max_size=20), st.data())
def test_the_longest_lines_without_a_new_error_are_left(language, text, data):
    """A shortcut that lets through what adds an error, or cuts more than it must."""
    source = SOURCES[language]
    at = data.draw(st.integers(0, len(source)))
    snapshot = Snapshot.of(source, at, language)
    hole = hole_at(snapshot)

    def errors(inserted):
        return error_count(snapshot.replaced(at, at, inserted).tree)

    most = errors("")
    if most and hole.kind in (HoleKind.REST_OF_LINE, HoleKind.ARGUMENTS):
        most = min(most, errors("x"))
    lines = text.split("\n")
    wanted = [text, *("\n".join(lines[:count]).rstrip() for count in range(len(lines) - 1, 0, -1))]
    expected = next((each for each in wanted if each and errors(each) <= most), "")
    if text.strip():
        assert new_syntax_errors(text, filters.Site(snapshot, hole, 5)) == expected


def test_without_a_grammar_there_are_no_syntax_errors():
    assert left("x = ¦\n", "= = (", "plaintext") == "= = ("


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SOURCES)), st.text("ab ()[]{}'\"\n:=\\#\t\r", max_size=30), st.data())
def test_what_is_left_is_a_part_and_breaks_nothing(language, text, data):
    """A filter that invents text, or one that leaves more errors than there were."""
    source = SOURCES[language]
    at = data.draw(st.integers(0, len(source)))
    snapshot = Snapshot.of(source, at, language)
    found = filters.apply(text, filters.Site(snapshot, hole_at(snapshot), 5))
    assert found.text in text.replace("\r\n", "\n").replace("\r", "\n")
    assert bool(found.text) != bool(found.reason)
    if found.text:
        after = snapshot.replaced(at, at, found.text)
        assert error_count(after.tree) <= error_count(snapshot.tree)


def test_a_huge_line_costs_little():
    """Minified code: the line before the cursor was read over and over."""
    text = "foo(bar, [1, 2]);" * 100_000
    snapshot = Snapshot.of(text, len(text) - 4, "javascript")
    assert snapshot.tree is None
    found = filters.apply("x\ny", filters.Site(snapshot, hole_at(snapshot), 5))
    assert found.text == "x"
