"""Keys: whatever they are, they come to the text that was committed."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffgem_engine.evaluation.replay.history import Change
from diffgem_engine.evaluation.replay.keys import Hand, indent_unit
from diffgem_engine.evaluation.replay.script import script_of
from diffgem_engine.evaluation.replay.splices import Splice, splices

LINES = st.lists(st.sampled_from(["", "a", "    b(", "\tc", "  d = 1", "        ", "é😀"]))
TEXTS = LINES.map("\n".join) | st.text("ab (\n\t:", max_size=40)


def typed(text, found):
    """The text after each key, and in the end."""
    for splice in found:
        text = text[: splice.start] + text[splice.start + splice.removed :]
        hand = Hand(splice.start, splice.inserted, indent_unit(text))
        while not hand.done:
            key = hand.key(text)
            text = text[: key.start] + key.inserted + text[key.start + key.removed :]
            assert hand.cursor == key.end
            yield text
    yield text


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS)
def test_every_key_leads_to_the_committed_text(before, after):
    """A replay that types something else measures something else."""
    *_, text = typed(before, splices(before, after))
    assert text == after


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS, st.integers(1, 30), st.randoms())
def test_a_stretch_is_a_part_of_the_change(before, after, most, drawn):
    """Text before the cursor that nobody ever wrote, or a suggestion judged by other text."""
    script = script_of(Change("", "a.py", "python", before, after), most, random.Random(0))
    *_, text = typed(script.text, script.splices)
    if script.splices:
        last = script.splices[-1]
        end = last.start + len(last.inserted)
        assert after.startswith(text[:end] + script.beyond)
        whole = sum(len(each.inserted) for each in splices(before, after))
        assert script.characters >= min(most, whole) or not script.beyond


@pytest.mark.parametrize(
    ("before", "inserted", "states"),
    [
        ("if a:", "\n    b", ["if a:\n    ", "if a:\n    b"]),
        ("    a", "\nb", ["    a\n    ", "    a\n", "    a\nb"]),
        ("  a", "\n\n  b", ["  a\n  ", "  a\n\n  ", "  a\n\n  b"]),
        ("  a", "\n", ["  a\n  ", "  a\n"]),
        ("a", "\n    b", ["a\n", "a\n    ", "a\n    b"]),
        ("\ta(", "\n\t\tb", ["\ta(\n\t\t", "\ta(\n\t\tb"]),
        ("x = {", "\n  a", ["x = {\n    ", "x = {\n  ", "x = {\n  a"]),
    ],
)
def test_enter_indents_as_editors_do(before, inserted, states):
    """Requests on lines where no editor would have left the cursor."""
    found = [*typed(before, [Splice(len(before), 0, inserted)])][:-1]
    assert found == states


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a\nb\n", "a\nnew\nb\n", [Splice(1, 0, "\nnew")]),
        ("b\n", "new\nb\n", [Splice(0, 0, "new\n")]),
        ("a\nb\n", "a\n", [Splice(2, 2, "")]),
        ("x = old_name(1, 2, 3)\n", "x = new_name(1, 2, 3)\n", [Splice(4, 8, "new_name")]),
        ("a = 1\n", "class Other: pass\n", [Splice(0, 6, "class Other: pass\n")]),
        ("", "a\nb", [Splice(0, 0, "a\nb")]),
    ],
)
def test_changes_are_made_where_somebody_would_make_them(before, after, expected):
    """A word changed is not a line typed anew; a new line begins with Enter above it."""
    assert splices(before, after) == expected


def test_what_is_accepted_is_not_typed():
    """Accepted text that is typed once more behind itself."""
    hand = Hand(0, "abc", "    ", beyond="def")
    assert hand.take("abcd").inserted == "abcd"
    assert (hand.done, hand.beyond, hand.cursor) == (True, "ef", 4)
