"""Similarity of texts, and spans through edits, against slow references."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffgem_lsp.acceptance.similarity import common, common_end, distance, similarity
from diffgem_lsp.acceptance.spans import Span, least, moved
from diffgem_lsp.documents import Edit

LETTERS = st.text("ab\n", max_size=12)


def by_table(first, second):
    row = list(range(len(second) + 1))
    for number, one in enumerate(first, 1):
        above, row = row, [number]
        for column, other in enumerate(second, 1):
            row.append(min(above[column] + 1, row[-1] + 1, above[column - 1] + (one != other)))
    return row[-1]


@given(LETTERS, LETTERS)
def test_the_distance_is_the_tables(first, second):
    """One bit too few, and half of what is kept counts as changed."""
    assert distance(first, second) == by_table(first, second)


@given(LETTERS, LETTERS)
def test_what_two_texts_have_in_common(first, second):
    pairs = list(zip(first, second, strict=False))
    same = next((n for n, (a, b) in enumerate(pairs) if a != b), len(pairs))
    assert common(first, second) == same
    assert common_end(first[::-1], second[::-1]) == same


@pytest.mark.parametrize(
    ("before", "now", "share"),
    [
        ("", "", 1.0),
        ("foo(a)", "foo(a)", 1.0),
        ("foo(a)", "", 0.0),
        ("foo(a)", "bar[b]", 0.0),
        ("foo(a)", "foo(b)", 5 / 6),
        ("foo(a)", "foo(a, b, c)", 0.5),
        ("x" * 20_000, "y" * 20_000, 0.0),
    ],
)
def test_similarity(before, now, share):
    assert similarity(before, now) == pytest.approx(share)


def edited(text, edit):
    end = edit.start + len(edit.removed)
    assert text[edit.start : end] == edit.removed
    return text[: edit.start] + edit.inserted + text[end:]


def drawn_edit(dice, text):
    start = dice.randint(0, len(text))
    end = min(len(text), start + dice.choice((0, 0, 1, 2, 5, len(text))))
    return Edit(start, text[start:end], "".join(dice.choices("abc", k=dice.choice((0, 1, 1, 3)))))


@pytest.mark.parametrize("seed", range(50))
def test_spans_through_edits(seed):
    """The text that was accepted was looked for a line off, and counted as gone.

    The reference marks every character: what is inserted is marked where both its neighbours are.
    """
    dice = random.Random(seed)
    text = "".join(dice.choices("abc", k=30))
    span = Span(*sorted(dice.sample(range(31), 2)))
    marks = [span.start <= place < span.end for place in range(30)]
    for _ in range(40):
        edit = least(drawn_edit(dice, text))
        start, end = edit.start, edit.start + len(edit.removed)
        inside = start > 0 and end < len(marks) and marks[start - 1] and marks[end]
        text = edited(text, edit)
        marks[start:end] = [inside] * len(edit.inserted)
        span = moved(span, edit)
        assert [span.start <= place < span.end for place in range(len(text))] == marks


@given(st.text("ab", max_size=6), LETTERS, LETTERS, st.text("ab", max_size=6))
def test_the_least_edit_does_the_same(before, removed, inserted, after):
    edit = Edit(len(before), removed, inserted)
    text = before + removed + after
    small = least(edit)
    assert edited(text, small) == edited(text, edit)
    assert not small.removed or not small.inserted or small.removed[0] != small.inserted[0]
