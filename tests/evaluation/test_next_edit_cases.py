"""Half-done edits of real files: what is expected, done, gives the file that one would have."""

import random

import pytest
from checkpoints import python_files

from diffgem_engine.evaluation.next_edits import drawing, finished, undone
from diffgem_engine.evaluation.next_edits.cases import edited
from diffgem_engine.evaluation.next_edits.python import ParsedFile
from diffgem_engine.evaluation.trees import NothingToCut, SourceFile

TEXT = """\
import os

LIMIT = 3


class Store:
    def __init__(self, folder, limit):
        self.folder = folder
        self.limit = limit

    def path(self, name, suffix):
        joined = os.path.join(self.folder, name)
        if not joined:
            raise ValueError(joined)
        return joined + suffix

    def all(self, names):
        found = []
        for name in names:
            found.append(self.path(name, LIMIT))
        for name in sorted(names):
            found.append(self.path(name, LIMIT))
        return found


def measure(values, scale=1):
    total = 0
    for value in values:
        total += value.size * scale
    return total + values[0].size + values[1].size + values[2].size


print(measure([1], scale=2))
"""
NEWS = ("another", "thing")
RENAMING = {
    "rename": undone.rename, "use": undone.use, "attribute": undone.attribute,
    "repeat": undone.repeat, "parameter": undone.parameter,
}  # fmt: skip
MENDING = {"added": undone.added, "slip": finished.slip, "rare slip": finished.rare_slip}
QUIET = drawing.FINISHED
SEEDS = range(12)


def parsed(text=TEXT):
    return ParsedFile.of(SourceFile("store.py", "python", text))


def made(maker):
    """What it makes of the file, of several seeds."""
    cases = [maker(parsed(), NEWS, random.Random(seed)) for seed in SEEDS]
    return [case for case in cases if case is not None]


def done(case):
    """Its text once all that is expected is done."""
    text = case.text
    for (start, end), new in sorted(case.expected.items(), reverse=True):
        text = text[:start] + new + text[end:]
    return text


def undo(case):
    text = case.text
    for change in sorted(case.changes, key=lambda each: each.start, reverse=True):
        assert text[change.start : change.end] == change.after
        text = text[: change.start] + change.before + text[change.end :]
    return text


@pytest.mark.parametrize("kind", RENAMING)
def test_a_rename_that_is_done_has_its_old_name_nowhere(kind):
    cases = made(RENAMING[kind])
    assert cases
    for case in cases:
        assert case.kind == kind
        assert case.expected
        assert undo(case) == TEXT
        (new,) = set(case.expected.values())
        old = {case.text[start:end] for start, end in case.expected}
        assert len(old) == 1
        assert done(case).replace(new, old.pop()) == TEXT


@pytest.mark.parametrize("kind", MENDING)
def test_what_is_missing_or_misspelt_is_that_of_the_file(kind):
    cases = made(MENDING[kind])
    assert cases
    for case in cases:
        assert done(case) == TEXT
        assert case.text != TEXT


def test_a_removed_parameter_is_removed_from_the_calls():
    cases = made(undone.removed)
    assert any("def path(self, name):" in done(case) for case in cases)
    assert all(", LIMIT" not in done(case) for case in cases if "(self, name):" in case.text)


@pytest.mark.parametrize("kind", QUIET)
def test_where_all_is_done_nothing_is_expected(kind):
    cases = made(QUIET[kind])
    assert cases
    for case in cases:
        assert (case.kind, case.expected) == (kind, {})
        assert compile(case.text, "store.py", "exec")


def test_a_place_behind_an_edit_moves():
    """What was expected stood beside where it should."""
    case = edited("k", "p", "a b a\n", [(0, 1, "long"), (2, 3, "")], {(4, 5): "x"})
    assert case.text == "long  a\n"
    assert done(case) == "long  x\n"
    assert undo(case) == "a b a\n"


def test_the_same_cases_every_time():
    files = [SourceFile(path.name, "python", path.read_text()) for path in python_files(4)]
    first, second = (drawing.draw_cases(files, 2, seed=5) for _ in range(2))
    assert [case.text for case in first] == [case.text for case in second]
    assert {case.kind for case in first} > {"rename", "typed line"}
    other = drawing.draw_cases(files, 2, seed=6)
    assert [case.text for case in first] != [case.text for case in other]


@pytest.mark.parametrize("text", ["x = 1\n", "def f(:\n", "é = 1\n"])
def test_nothing_to_edit(text):
    with pytest.raises(NothingToCut, match="--source"):
        drawing.draw_cases([SourceFile("a.py", "python", text)], 2)
