"""Where snippets come from: declarations, recent edits, open files, diagnostics."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from diffgem_lsp.documents import DocumentStore, Edit
from diffgem_lsp.index.declarations import Declaration
from diffgem_lsp.index.workspace import Located
from diffgem_lsp.prompt.snippets import LEAST
from diffgem_lsp.prompt.sources.declared import declared
from diffgem_lsp.prompt.sources.diagnosed import Diagnosed, diagnosed
from diffgem_lsp.prompt.sources.edited import LONGEST, RecentEdits, edited
from diffgem_lsp.prompt.sources.opened import MOST_FILES, OpenFiles, opened
from diffgem_lsp.prompt.used import imported_words, names_around
from diffgem_lsp.snapshots import Snapshot

ROOT = Path("/w")


class Known:
    """An index of a few declarations."""

    def __init__(self, *rows):
        self.rows = [
            Located(ROOT, path, Declaration(name, kind, container, signature, line))
            for line, (path, name, kind, container, signature) in enumerate(rows)
        ]

    def named(self, names, most):
        found = [[each for each in self.rows if each.declaration.name == name] for name in names]
        return [each for some in found for each in some[:most]]

    def members(self, of):
        name = of.declaration.name
        return [
            each.declaration
            for each in self.rows
            if each.path == of.path and each.declaration.container == name
        ]


def at_cursor(drawn, language="python", uri="file:///w/pkg/here.py"):
    return Snapshot.of(drawn.replace("¦", ""), drawn.index("¦"), language, uri)


def texts(drawn, index, language="python", allows=lambda _: True):
    found = sorted(declared(at_cursor(drawn, language), index, allows), key=lambda s: -s.score)
    return [each.text for each in found]


TASK = (
    ("pkg/task.py", "Task", "class", "", "class Task(Base):"),
    ("pkg/task.py", "__init__", "function", "Task", "def __init__(self, name):"),
    ("pkg/task.py", "_hidden", "function", "Task", "def _hidden(self):"),
    ("pkg/task.py", "run", "function", "Task", "def run(self):"),
)


def test_a_class_comes_with_what_it_can_do():
    found = texts("from pkg.task import Task\n\nTask(¦", Known(*TASK))
    assert found[0] == "class Task(Base):\n    def __init__(self, name):\n    def run(self):"


def test_of_several_that_are_named_so_the_imported_one():
    """The other project's class of the same name was shown."""
    index = Known(
        ("other/deep/a.py", "Task", "class", "", "class Task(Wrong):"),
        *TASK,
        ("pkg/z.py", "Task", "class", "", "class Task(Near):"),
    )
    (first, *_) = texts("from pkg.task import Task\n\nTask(¦", index)
    assert first.startswith("class Task(Base):")


@pytest.mark.parametrize(
    ("drawn", "language"),
    [
        ("from pkg.task import (\n    Task,\n)\nTask(¦", "python"),
        ("import { Task } from './task'\nnew Task(¦", "typescript"),
        ("const { Task } = require('./task')\nnew Task(¦", "javascript"),
        ("use crate::task::Task;\nTask::new(¦", "rust"),
        ("#include <task>\nTask(¦", "cpp"),
        ("import pkg.task.Task;\nnew Task(¦", "java"),
        ("use Pkg\\Task;\nnew Task(¦", "php"),
        ("require 'task'\nTask.new(¦", "ruby"),
    ],
)
def test_imports_of_many_languages(drawn, language):
    assert {"task", "Task"} & imported_words(at_cursor(drawn, language))


def test_the_names_nearest_to_the_cursor_come_first():
    assert names_around(at_cursor("far = 1\nnear(far2, ¦ after)\n")) == [
        "far2",
        "near",
        "far",
        "after",
    ]


def test_a_namesake_is_unlikely():
    """Every local variable found a namesake somewhere in the workspace."""
    index = Known(("tests/t.py", "known", "variable", "", "known: int"))
    filler = "".join(f"some{n} = other{n}\n" for n in range(5))
    snapshot = at_cursor(f"known = 1\n{filler}¦")
    (found,) = declared(snapshot, index, lambda _: True)
    assert found.score < LEAST


def test_a_name_that_is_everywhere_says_nothing():
    index = Known(*((f"m{n}.py", "get", "function", "", "def get():") for n in range(30)))
    assert texts("get(¦", index) == []


def test_neither_this_file_nor_another_language():
    index = Known(
        ("pkg/here.py", "mine", "function", "", "def mine():"),
        ("pkg/there.go", "mine", "function", "", "func mine()"),
    )
    assert texts("from there import mine\nmine(¦", index) == []


def test_no_file_that_may_not_be_read():
    """It was ignored after it had been indexed."""
    drawn = "from pkg.task import Task\n\nTask(¦"
    assert texts(drawn, Known(*TASK), allows=lambda path: path != ROOT / "pkg/task.py") == []


class Desk:
    """Documents that are open, and what was edited in them."""

    def __init__(self):
        self.store, self.edits = DocumentStore(), RecentEdits()
        self.files = OpenFiles(self.store.get, self.store.uris)
        self.store.listeners += [self.edits.note, self.files.note]
        self.store.on_gone += [self.edits.forget, self.files.forget]

    def open(self, name, text, language="python"):
        self.store.open(types.TextDocumentItem(f"file:///w/{name}", language, 1, text))

    def edit(self, name, start, end, new):
        uri = f"file:///w/{name}"
        now = self.store.get(uri)
        span = types.Range(now.position(start), now.position(end))
        change = types.TextDocumentContentChangePartial(span, new)
        self.store.change(types.VersionedTextDocumentIdentifier(2, uri), [change])

    def recent(self, name, offset=0):
        now = self.store.get(f"file:///w/{name}").at(offset)
        found = edited(now, self.edits, self.store.get, lambda uri: uri[-4:])
        return [each.text for each in found]

    def like(self, name, offset=0):
        now = self.store.get(f"file:///w/{name}").at(offset)
        return [each.text for each in opened(now, self.files, lambda uri: uri[-4:])]


def test_an_edit_is_its_lines_before_and_after():
    """Of what was typed key by key only the last key was known."""
    desk = Desk()
    desk.open("a.py", "one = 1\ntotal = old + 1\nthree = 3\n")
    desk.open("b.py", "")
    desk.edit("a.py", 16, 19, "")
    for number, key in enumerate("fresh"):
        desk.edit("a.py", 16 + number, 16 + number, key)
    assert desk.recent("b.py") == ["changed:\n- total = old + 1\n+ total = fresh + 1"]
    assert desk.recent("a.py", 21) == []  # what is being typed stands before the cursor


def test_what_is_closed_or_undone_is_no_edit():
    desk = Desk()
    for name in ("a.py", "b.py", "c.py"):
        desk.open(name, "x = 1\n")
    desk.edit("a.py", 0, 1, "y")
    desk.edit("c.py", 0, 1, "z")
    desk.edit("c.py", 0, 1, "x")
    assert len(desk.recent("b.py")) == 1
    desk.store.close("file:///w/a.py")
    assert desk.recent("b.py") == []


def test_no_edit_of_another_language_nor_a_long_one():
    desk = Desk()
    desk.open("a.md", "x\n", "markdown")
    desk.open("b.py", "")
    desk.open("c.py", "")
    desk.edit("a.md", 0, 1, "y")
    desk.edit("c.py", 0, 0, "x = 1\n" * LONGEST)
    assert desk.recent("b.py") == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 8), st.text("ab\n", max_size=5))))
def test_bursts_stand_apart_in_the_text(steps):
    """Places within the text, apart from one another, whatever was typed over what."""
    text, edits = "".join(f"{n}{n}{n}\n" for n in range(10, 30)), RecentEdits()
    for place, size, new in steps:
        start = min(place, len(text))
        removed = text[start : start + size]
        text = text[:start] + new + text[start + size :]
        edits.note(Snapshot.of(text, 0, "python", "u"), [Edit(start, removed, new)])
        for burst in edits.bursts():
            assert 0 <= burst.start <= burst.end <= len(text)
        spans = sorted((burst.start, burst.end) for burst in edits.bursts())
        assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_one_burst_restores_the_text():
    before = text = "abcdefghij"
    edits = RecentEdits()
    for start, removed, new in ((4, "ef", "XY"), (3, "dX", ""), (3, "", "pq"), (4, "qYg", "r")):
        assert text[start : start + len(removed)] == removed
        text = text[:start] + new + text[start + len(removed) :]
        edits.note(Snapshot.of(text, 0, "python", "u"), [Edit(start, removed, new)])
    (burst,) = edits.bursts()
    assert text[: burst.start] + burst.before + text[burst.end :] == before


def test_the_place_most_alike_of_each_open_file():
    desk = Desk()
    desk.open("a.py", "def load(path):\n    return parse(path)\n" + "\n" * 30 + "other = 1\n")
    desk.open("b.py", "totally = different\n")
    desk.open("c.go", "func load(path) { return parse(path) }\n", "go")
    desk.open("d.py", "def save(path):\n    load(path, parse)\n")
    assert desk.like("d.py", 30) == ["def load(path):\n    return parse(path)"]


def test_an_edit_moves_the_place_that_counts():
    """What was looked at was the top of a long file, wherever its user worked."""
    desk = Desk()
    filler = "".join(f"filler{n} = {n}\n" for n in range(400))
    desk.open("a.py", filler + "def load(path):\n    return parse(path)\n")
    desk.open("d.py", "def save(path):\n    load(path, parse)\n")
    assert desk.like("d.py", 30) == []
    desk.edit("a.py", len(filler), len(filler), "\n")
    (found,) = desk.like("d.py", 30)
    assert "def load(path):" in found


def test_no_part_of_a_key_from_an_open_file():
    """A chunk that began below the line that says what follows was sent."""
    desk = Desk()
    line = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7" * 2
    key = "".join(f"{line}{n}\n" for n in range(30))
    above = "\n" * 17 + "load = path\n" + "-----BEGIN RSA PRIV" + "ATE KEY-----\n"
    desk.open("a.py", f"{above}{key}load(path)\n")
    desk.open("d.py", "load(path)\n" + key)
    assert not any(line in text for text in desk.like("d.py", 5))


def test_no_more_than_so_many_open_files():
    desk = Desk()
    for number in range(MOST_FILES + 5):
        desk.open(f"{number}.py", f"def save(path{number}):\n    load(path)\n")
    desk.open("d.py", "def save(path):\n    load(path)\n")
    assert len(desk.like("d.py", 30)) == MOST_FILES


def complaint(line, message, severity=types.DiagnosticSeverity.Error):
    where = types.Range(types.Position(line, 0), types.Position(line, 1))
    return types.Diagnostic(where, message, severity)


def test_diagnostics_for_as_long_as_their_line_stands():
    """The model was shown what had been mended."""
    known = Diagnosed()
    now = at_cursor("a = 1\nb = c + ¦\n" + "\n" * 30)
    hint = complaint(0, "a hint", types.DiagnosticSeverity.Hint)
    known.note(now, [complaint(1, "c is\n not defined"), complaint(31, "far away"), hint])
    known.note(at_cursor("¦x\n", uri="file:///w/other.py"), [complaint(0, "elsewhere")])
    (found,) = diagnosed(now, known, "here.py")
    assert found.text == "b = c +\n  c is not defined"
    assert list(diagnosed(now.replaced(6, 7, "d"), known, "here.py")) == []
    known.note(now, [complaint(99, "no such line")])
    assert list(diagnosed(now, known, "here.py")) == []
