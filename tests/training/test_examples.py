"""Documents -> rows: what the encoder reads, and what every canvas may see of it."""

import numpy as np
import pytest
from checkpoints import python_files, tiny_form, tiny_tokenizer

from diffgem_engine.training.examples import CANVAS_SLOTS, OPEN_SLOTS, RowBuilder, collate
from diffgem_engine.training.spans import KINDS, span_of

LENGTH = 256
TEXTS = [path.read_text(encoding="utf-8") for path in python_files(4)]


def rows(count=60):
    """(text, row) of as many draws."""
    builder = RowBuilder(tiny_tokenizer(), tiny_form(), LENGTH)
    for number in range(count):
        text = TEXTS[number % len(TEXTS)]
        yield text, builder.build(text, np.random.default_rng(number))


def start_of_prefix(row):
    return row.ids.index(tiny_form().ids.prefix) + 1


def test_a_hole_stands_where_its_visible_part_ends():
    """Guards the leak: what a canvas sees ends at its hole, and its head follows its middle."""
    decode, holes = tiny_tokenizer().decode, 0
    for text, row in rows():
        begin = start_of_prefix(row)
        for hole in row.holes:
            holes += 1
            assert begin < hole.visible <= len(row.ids)
            assert hole.slots - len(hole.head) in OPEN_SLOTS.values()
            seen = decode(row.ids[begin : hole.visible]).lstrip("\ufffd")
            filled = decode(hole.middle)
            assert seen + filled + decode(hole.head).rstrip("\ufffd") in text
    assert holes > 100


def test_the_row_ends_with_the_last_middle_and_its_end():
    """Guards the autoregressive loss on the middle: the encoder must read it."""
    eom, decode, ends = tiny_form().ids.eom, tiny_tokenizer().decode, 0
    for text, row in rows():
        assert len(row.ids) <= LENGTH
        if row.ids[-1] == eom:
            ends += 1
            assert decode(row.ids[start_of_prefix(row) :]).lstrip("\ufffd") in text
    assert ends > 50


def test_the_suffix_starts_at_a_line_break_after_the_last_hole():
    """Guards a prompt whose beginning changes with every key, or that contains the middle."""
    ids, decode, seen = tiny_form().ids, tiny_tokenizer().decode, 0
    for text, row in rows():
        if row.ids[1] == ids.suffix:
            seen += 1
            suffix = row.ids[2 : start_of_prefix(row) - 1]
            assert len(suffix) <= tiny_form().suffix_tokens
            assert decode(suffix).startswith("\n")
            whole = decode(row.ids[start_of_prefix(row) :]).lstrip("\ufffd")
            at = text.index(whole) + len(whole)
            line_end = text.index("\n", at)
            assert text[line_end:].startswith(decode(suffix).rstrip("\ufffd"))
    assert seen > 20


def test_collating_lays_canvases_out_as_the_engine_does():
    """Guards slots of one canvas in another's place, and weights that padding drowns."""
    form = tiny_form()
    for _, row in rows(20):
        batch = collate([row], form, LENGTH)
        assert batch.ids[0, : len(row.ids)].tolist() == row.ids
        assert not batch.ids[0, len(row.ids) :].any()
        first = 0
        for number, hole in enumerate(row.holes):
            at = slice(first, first + hole.slots)
            middle, head = len(hole.middle), len(hole.head)
            target = batch.targets[0, at].tolist()
            assert target[: middle + 1] == [*hole.middle, form.ids.eom]
            assert target[middle + 1 : hole.slots - head] == [form.ids.pad] * hole.spare
            assert target[hole.slots - head :] == hole.head
            assert batch.pinned[0, at].tolist() == [False] * (hole.slots - head) + [True] * head
            assert batch.weights[0, at].sum() == pytest.approx(middle + 1 + (hole.spare > 0))
            assert not batch.weights[0, at][batch.pinned[0, at]].any()
            assert (batch.visible[0, at] == hole.visible).all()
            assert batch.positions[0, at].tolist() == [
                *range(hole.visible, hole.visible + hole.slots)
            ]
            assert (batch.group[0, at] == number).all()
            first += hole.slots
        assert first <= CANVAS_SLOTS
        assert not batch.weights[0, first:].any()
        assert batch.pinned[0, first:].all()
        assert (batch.group[0, first:] == len(row.holes)).all()


def test_rows_are_the_same_for_the_same_draw():
    """Guards a resumed run that trains on other batches."""
    first, second = ([row.ids for _, row in rows(10)] for _ in range(2))
    assert first == second


def test_canvases_stand_close():
    """Guards compute that goes into empty slots: four fifths of a batch taught nothing once."""
    holes = [hole for _, row in rows() for hole in row.holes]
    assert sum(len(hole.middle) for hole in holes) > 0.25 * sum(hole.slots for hole in holes)


@pytest.mark.parametrize("text", ["\n" * 300, "x" * 300, "  \n" * 100, "é𝄞\n" * 80, "a = 1\n"])
def test_odd_texts_make_rows(text):
    """Guards a run of hours that ends at one odd file."""
    builder = RowBuilder(tiny_tokenizer(), tiny_form(), LENGTH)
    for seed in range(20):
        row = builder.build(text, np.random.default_rng(seed))
        assert row.ids[0] == tiny_form().ids.bos
        collate([row], tiny_form(), LENGTH)


@pytest.mark.parametrize("kind", KINDS)
def test_spans_are_what_their_kind_says(kind):
    """Guards holes that cut an indent, or that reach over their line."""
    text, lengths = TEXTS[0], []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        at = int(rng.integers(0, len(text)))
        span = span_of(kind, text, at, rng)
        middle = text[span.start : span.end]
        assert 0 <= span.start <= span.end <= len(text)
        lengths.append(len(middle))
        if kind in ("rest", "line"):
            assert "\n" not in middle
            assert text[span.end : span.end + 1] in ("\n", "")
        if kind in ("line", "lines"):
            indent = text[text.rfind("\n", 0, span.start) + 1 : span.start]
            assert indent.strip(" \t") == ""
            assert not middle.startswith((" ", "\t"))
        if kind == "lines":
            assert middle.count("\n") <= 4 + middle.count("\n\n")
            assert not middle.endswith("\n")
    assert max(lengths) > 10
