"""Documents -> rows: what the encoder reads, and what every canvas may see of it."""

import numpy as np
import pytest
from checkpoints import python_files, tiny_form, tiny_tokenizer

from diffgem_engine.training.examples.batches import collate
from diffgem_engine.training.examples.rows import CANVAS_SLOTS, RowBuilder
from diffgem_engine.training.examples.spans import KINDS, LONGEST_BODY, span_of

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


def test_a_canvas_stands_where_its_visible_part_ends():
    """Guards the leak: what a canvas sees ends where its own text begins."""
    form, decode, found = tiny_form(), tiny_tokenizer().decode, 0
    silent = (form.ids.eom, form.ids.pad)
    for text, row in rows():
        begin = start_of_prefix(row)
        for canvas in row.canvases:
            found += 1
            assert begin < canvas.visible <= len(row.ids)
            seen = decode(row.ids[begin : canvas.visible]).lstrip("\ufffd")
            said = [i for i in canvas.targets if i not in silent]
            assert seen + decode(said).rstrip("\ufffd") in text
    assert found > 100


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


def test_collating_puts_canvases_side_by_side():
    """Guards slots of one canvas in another's place, and loss on what nobody asked for."""
    form = tiny_form()
    for _, row in rows(20):
        batch = collate([row], form, LENGTH)
        assert batch.ids[0, : len(row.ids)].tolist() == row.ids
        assert not batch.ids[0, len(row.ids) :].any()
        first = 0
        for number, canvas in enumerate(row.canvases):
            at = slice(first, first + len(canvas))
            for name in ("targets", "pinned", "seen"):
                assert getattr(batch, name)[0, at].tolist() == getattr(canvas, name)
            assert batch.weights[0, at].tolist() == pytest.approx(canvas.weights)
            assert (batch.visible[0, at] == canvas.visible).all()
            assert batch.positions[0, at].tolist() == [
                *range(canvas.visible, canvas.visible + len(canvas))
            ]
            assert (batch.group[0, at] == number).all()
            first += len(canvas)
        assert first <= CANVAS_SLOTS
        assert not batch.weights[0, first:].any()
        assert batch.pinned[0, first:].all()
        assert (batch.group[0, first:] == len(row.canvases)).all()


def test_rows_are_the_same_for_the_same_draw():
    """Guards a resumed run that trains on other batches."""
    first, second = ([row.ids for _, row in rows(10)] for _ in range(2))
    assert first == second


def test_canvases_stand_close():
    """Guards compute that goes into empty slots: four fifths of a batch taught nothing once."""
    canvases = [canvas for _, row in rows() for canvas in row.canvases]
    taught = sum(weight >= 0.3 for canvas in canvases for weight in canvas.weights)
    assert taught > 0.3 * sum(map(len, canvases))


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
        if span.kind in ("rest", "line"):
            assert "\n" not in middle
            assert text[span.end : span.end + 1] in ("\n", "")
        if span.kind == "inside":
            assert text[span.end] in ")]}\"'"
            assert "\n" not in middle
        if kind in ("line", "lines", "body"):
            indent = text[text.rfind("\n", 0, span.start) + 1 : span.start]
            assert indent.strip(" \t") == ""
            assert not middle.startswith((" ", "\t"))
        if kind == "body":
            following = text[span.end :].lstrip("\n").split("\n")[0]
            deep = len(following) - len(following.lstrip())
            column = span.start - text.rfind("\n", 0, span.start) - 1
            assert deep < column or middle.count("\n") >= LONGEST_BODY - 2 or not column
            assert not middle.endswith("\n")
        if kind == "lines":
            assert middle.count("\n") <= 4 + middle.count("\n\n")
            assert not middle.endswith("\n")
    assert max(lengths) > 10
