import random

import pytest
from real_files import long_sources

from diffgem_lsp.holes.site import hole_at
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax import trees
from diffgem_lsp.syntax.horizons import horizon
from diffgem_lsp.syntax.scopes import error_count, scope_starts
from diffgem_lsp.text.lines import Lines

TYPED = ("", "", "foo(", "x = ", "{", "\n", "return a\n", '"')
CANDIDATES = ("x", "foo(1)", "f(", "a b", ") {", "}", "\n\n")


def what_is_known(snapshot):
    """At the cursor: the hole, definitions before it, and which candidates add errors."""
    before = error_count(snapshot.tree)
    added = [
        error_count(snapshot.replaced(snapshot.offset, snapshot.offset, text).tree) > before
        for text in CANDIDATES
    ]
    nearby = max(0, snapshot.offset - 6_000)
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
