import random

import pytest
from real_files import long_sources

from diffgem_lsp.holes.site import hole_at
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax import horizons, trees
from diffgem_lsp.syntax.horizons import FARTHEST, NEAREST, floor, horizon
from diffgem_lsp.syntax.scopes import error_count, error_count_with, scope_starts
from diffgem_lsp.text.lines import Lines

TYPED = ("", "", "foo(", "x = ", "{", "\n", "return a\n", '"')
CANDIDATES = ("x", "foo(1)", "f(", "a b", ") {", "}", "\n\n")


def what_is_known(snapshot, reach=6_000):
    """At the cursor: the hole, definitions before it, and which candidates add errors."""
    before = error_count(snapshot.tree)
    added = [error_count_with(snapshot.tree, snapshot.offset, text) > before for text in CANDIDATES]
    nearby = max(0, snapshot.offset - reach)
    return hole_at(snapshot), scope_starts(snapshot.tree, snapshot.offset, nearby), added


@pytest.mark.parametrize("language_id", ["python", "javascript", "c"])
def test_what_is_known_at_the_cursor_is_what_the_whole_tree_says(language_id, monkeypatch):
    """Guards against a cut that shows where somebody types.

    Of broken text tree-sitter may think otherwise when it sees less of it; rarely.
    """
    chance, agreed, cut = random.Random(language_id), [], 0
    for source in long_sources(language_id):
        whole = Snapshot.of(source, 0, language_id)
        for typed in TYPED:
            offset = chance.randrange(len(source))
            now = whole.at(offset).replaced(offset, offset, typed)
            cut += now.tree.horizon < len(now.text)
            found = what_is_known(now)
            with monkeypatch.context() as patched:
                patched.setattr(trees, "horizon", lambda lines, *_: len(lines.text))
                same = found == what_is_known(Snapshot.of(now.text, now.offset, language_id))
            assert same or typed
            agreed.append(same)
    assert cut > 0.5 * len(agreed)
    assert sum(agreed) > 0.95 * len(agreed)


@pytest.mark.parametrize("language_id", ["python", "javascript", "c"])
def test_what_is_known_far_below_the_floor_is_what_the_whole_tree_says(language_id, monkeypatch):
    """Guards against a parse that begins inside of something, or at another place than its bases.

    Typed key by key, after a jump, so that trees are edited, kept and left behind.
    """
    chance, agreed, cut = random.Random(language_id), [], 0
    for source in long_sources(language_id):
        with monkeypatch.context() as patched:
            patched.setattr(horizons, "NEAREST", 3_000)
            patched.setattr(horizons, "FARTHEST", 9_000)
            whole = Snapshot.of(source, 0, language_id)
            for typed in TYPED:
                now = whole = whole.at(chance.randrange(len(source)))
                for key in typed:
                    now = now.replaced(now.offset, now.offset, key)
                assert now.tree.floor in (0, *line_starts_at_most(now, 3_000 // 2))
                cut += now.tree.floor > 0
                found = what_is_known(now, 1_000)
                with monkeypatch.context() as unfloored:
                    unfloored.setattr(trees, "floor", lambda *_: 0)
                    fresh = Snapshot.of(now.text, now.offset, language_id)
                    agreed.append(found == what_is_known(fresh, 1_000))
    assert cut > 0.25 * len(agreed)
    assert sum(agreed) > 0.95 * len(agreed)


def line_starts_at_most(snapshot, below):
    """The starts of lines so far before the cursor's or farther."""
    lines = snapshot.lines
    here = lines.line_of(snapshot.offset)
    starts = (lines.start(line) for line in range(here + 1))
    return {start for start in starts if start <= lines.start(here) - below}


@pytest.mark.parametrize("language_id", ["python", "javascript", "c"])
def test_text_at_the_cursor_leaves_the_floor_where_it_is(language_id, monkeypatch):
    """Guards against errors compared over different stretches; and a floor in what has changed."""
    monkeypatch.setattr(horizons, "NEAREST", 3_000)
    monkeypatch.setattr(horizons, "FARTHEST", 9_000)
    chance, cut = random.Random(language_id), 0
    for source in long_sources(language_id):
        now = Snapshot.of(source, 0, language_id)
        now = now.at(chance.randrange(len(source) // 2, len(source)))
        floor, horizon = now.tree.floor, now.tree.horizon
        cut += floor > 0
        after = now.replaced(now.offset, now.offset, "x\n" * 6_000)
        assert after.tree.floor == floor
        assert error_count_with(now.tree, now.offset, "(\n") == error_count(
            now.replaced(now.offset, now.offset, "(\n").tree
        )
        before = now.replaced(0, floor + 1, '"""\n' if language_id == "python" else "/*\n")
        assert before.at(before.offset + now.offset - floor - 1).tree.floor == 0
        assert now.tree.horizon == horizon
    assert cut


@pytest.mark.parametrize(
    ("language_id", "above", "expected"),
    [
        ("python", "\ndef f():\n    pass\n", True),
        ("python", "\n@a\ndef f():\n    pass\n", True),
        ("python", "\nx = 1\n", False),
        ("c", "\nint f(void)\n{\n}\n", True),
        ("lua", "\nlocal a = 1\n", False),
    ],
)
def test_what_a_parse_may_begin_with(language_id, above, expected):
    for size in (FARTHEST, 2 * FARTHEST):
        lines = Lines.of(above * (size // len(above)))
        found = floor(lines, lines.count - 1, language_id)
        assert (found > 0) == (expected and size > FARTHEST)
        assert len(lines.text) - found >= NEAREST


@pytest.mark.parametrize("opened", ['"""', "'''"])
def test_no_parse_begins_in_a_string(opened):
    """Guards against code that is taken for words, and words for code."""
    lines = Lines.of(f"s = {opened}\n" + "\ndef f():\n    pass\n" * 10_000)
    assert floor(lines, lines.count - 1, "python") == 0


@pytest.mark.parametrize("language_id", ["python", "javascript", "c"])
def test_the_horizon_moves_with_text_at_the_cursor(language_id):
    """Guards against errors compared over different stretches of the document."""
    chance = random.Random(language_id)
    for source in long_sources(language_id):
        now = Snapshot.of(source.replace("\n", chance.choice(["\n", "\r\n"])), 0, language_id)
        for text in ("x", "\n" * 300, '"""', "}\n{", "\r", "#if a\n#endif\n{", "def f():\n"):
            offset = chance.randrange(len(now.text))
            now = now.at(offset)
            end = now.tree.horizon
            after = now.replaced(offset, offset, text)
            assert after.text[after.tree.horizon :] == now.text[end:]
            line = after.lines.line_of(after.offset)
            assert after.tree.horizon == horizon(after.lines, line, language_id)
            lines = now.lines
            least = min(lines.line_of(offset) + 15, lines.count - 1)
            assert lines.line_of(now.tree.horizon) >= least


@pytest.mark.parametrize(
    ("language_id", "marked"),
    [
        ("python", "¦y = 2\n"),
        ("python", "  y\nelse:\n  y\n¦@d\ndef f(): pass\n"),
        ("python", "    y\n\n    y\n\n¦    def f(self):\n        pass\n"),
        ("python", "    'a',\n)\n¦class A: pass\n"),
        ("python", "  s = '''\na\nb\n'''\n¦y = 2\n"),
        ("python", "  s = '''\r\na\r\n  '''\r\n\r\n¦  def f(): pass\r\n"),
        ("javascript", "  a();\n}\n\n¦function f() {\n}\n"),
        ("javascript", "a();\nb();\n});\n¦c();\n"),
        ("c", "  a();\n}\n{\n}\n¦int f(void)\n{\n}\n"),
        ("c", "int a;\n#endif\n¦int f(void);\n"),
        ("cpp", "int a;\n}\n¦namespace n {\nint b;\n}\n"),
        ("go", "\ta()\n}\n\n¦func f() {\n}\n"),
    ],
)
def test_where_a_text_is_cut(language_id, marked):
    """Guards against cuts inside of what began above, or before the first line of a body."""
    expected = marked[marked.index("¦") + 1 :] + "\n" * 200
    text = "\n" * 100 + marked.replace("¦", "") + "\n" * 200
    assert text[horizon(Lines.of(text), 0, language_id) :] == expected


@pytest.mark.parametrize(
    ("language_id", "text"),
    [
        ("python", "x = 1\n" * 99),
        ("python", "x = 1\r" * 900),
        ("python", "x = [\n" + "  1,\n" * 900 + "]\n"),
        ("cpp", "namespace n {\n" + "int a;\n" * 900 + "}\n"),
        ("c", "#ifndef A\n" + "int a;\n" * 900 + "#endif\n"),
        ("html", "<p>\n" * 900),
        ("plaintext", ""),
    ],
)
def test_what_is_not_cut(language_id, text):
    """Guards against errors made by a cut, where every place is inside of something."""
    assert horizon(Lines.of(text), 0, language_id) == len(text)
