"""A grid as text and as a canvas, and the batches that puzzles become."""

import numpy as np
import pytest
import torch
from fakes import FakeBackend

from diffgem_engine.checkpoint.tokenizer import RESERVED, CodeTokenizer
from diffgem_engine.core.canvas import HoleSlots, PinnedIds, build_canvas
from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.protocol import Hole, Infill, Pinned
from diffgem_engine.serving.validation import check
from diffgem_engine.training.source import Batches
from diffgem_engine.training.sudoku.layout import (
    CELL_SLOTS,
    SLOTS,
    as_text,
    canvas_of,
    filled,
)
from diffgem_engine.training.sudoku.puzzles import FEWEST, Puzzle, held_out_puzzles
from diffgem_engine.training.sudoku.setup import BYTES
from diffgem_engine.training.sudoku.source import SudokuSource
from diffgem_engine.training.sudoku.task import CORRUPTION
from diffgem_engine.training.vocabulary import learn

ROWS = 5


@pytest.fixture(scope="module")
def tokenizer():
    return CodeTokenizer(learn((), RESERVED + BYTES))


@pytest.fixture(scope="module")
def form(tokenizer):
    return InfillFormat(tokenizer.size, prompt_tokens=8, suffix_tokens=0, head_tokens=0)


@pytest.fixture(scope="module")
def source(tokenizer, form):
    return SudokuSource(tokenizer, form, ROWS)


def held_out(givens=40) -> Puzzle:
    return next(held_out_puzzles(givens, seed=1))


def laid_out(tokenizer, form, segments):
    parts = [
        HoleSlots(part.slots)
        if isinstance(part, Hole)
        else PinnedIds(tuple(tokenizer.encode(part.text)))
        for part in segments
    ]
    return build_canvas(form, parts, ())


def test_a_grid_is_nine_lines():
    text = as_text([*range(10), *[0] * 71])
    assert text.split("\n")[:2] == [".12345678", "9........"]
    assert len(text) == SLOTS == 89
    assert [text[slot] for slot in CELL_SLOTS[:10]] == [*".12345678", "9"]


@pytest.mark.parametrize("givens", [FEWEST, 40, 80])
def test_what_is_asked_for_is_the_puzzle(givens):
    """Guards a blank too few or too many, and text of the answer among what is pinned."""
    puzzle = held_out(givens)
    segments = canvas_of(puzzle.givens)
    text = "".join("." if isinstance(part, Hole) else part.text for part in segments)
    assert text == as_text(puzzle.givens)
    assert sum(isinstance(part, Hole) for part in segments) == 81 - givens
    assert all(part == Hole(1) or "." not in part.text for part in segments)


@pytest.mark.parametrize("givens", [FEWEST, 80])
def test_an_engine_takes_it(givens):
    """Guards more segments or slots than a request may have."""
    check(Infill(1, "", "", canvas_of(held_out(givens).givens)), FakeBackend().welcome)


def test_there_and_back():
    puzzle = held_out()
    blanks = [cell for cell, digit in enumerate(puzzle.givens) if not digit]
    texts = [str(puzzle.solution[cell]) for cell in blanks]
    assert filled(puzzle.givens, texts) == puzzle.solution


@pytest.mark.parametrize("text", ["", "0", "12", "x", "\n", "\ufffd", "²", "٣"])
def test_what_is_no_digit_stays_blank(text):
    """Guards an answer that is converted instead of counted as wrong."""
    givens = (0, *held_out().solution[1:])
    assert filled(givens, [text]) == givens


def test_a_canvas_has_a_slot_a_cell(tokenizer, form):
    """Guards digits that share a token, and slots that are not where training has them."""
    puzzle = held_out()
    canvas = laid_out(tokenizer, form, canvas_of(puzzle.givens))
    assert len(canvas) == SLOTS
    assert [canvas.pinned[slot] for slot in CELL_SLOTS] == [digit != 0 for digit in puzzle.givens]
    ids = canvas.filled(tokenizer.encode("7") * len(canvas.holes))
    assert tokenizer.decode(ids) == as_text([digit or 7 for digit in puzzle.givens])


def test_a_hole_for_a_run_of_blanks_is_the_same_canvas(tokenizer, form):
    """Guards puzzles that one client asks for cell by cell and another one as they are blank."""
    givens = (*[0] * 20, *held_out().solution[20:])
    by_cell = canvas_of(givens)
    by_run = (Hole(9), Pinned("\n"), Hole(9), Pinned("\n"), Hole(2), by_cell[-1])
    assert by_cell[:10] == (*[Hole(1)] * 9, Pinned("\n"))
    one, other = (laid_out(tokenizer, form, segments) for segments in (by_cell, by_run))
    assert (one.ids, one.pinned) == (other.ids, other.pinned)


def test_a_batch_pins_what_is_given_and_teaches_the_rest(source, tokenizer):
    """Guards a loss over givens, and line breaks that are to be guessed."""
    batch = source.batch(0, np.random.default_rng(4))
    assert batch.targets.shape == batch.pinned.shape == batch.weights.shape == (ROWS, SLOTS)
    breaks = np.setdiff1d(np.arange(SLOTS), CELL_SLOTS)
    assert batch.pinned[:, breaks].all()
    assert np.array_equal(batch.weights, (~batch.pinned).astype(np.float32))
    assert (batch.weights.sum(axis=1) >= 21).all()
    for row in batch.targets:
        text = tokenizer.decode(row.tolist())
        assert [text[slot] for slot in breaks] == ["\n"] * 8
        cells = [int(text[slot]) for slot in CELL_SLOTS]
        assert as_text(cells) == text


def test_a_canvas_stands_behind_the_marks_that_an_engine_reads(source, form):
    """Guards positions and prompts that differ from those of a request."""
    batch = source.batch(0, np.random.default_rng(4))
    assert batch.ids.tolist() == [[form.ids.bos, form.ids.prefix]] * ROWS
    assert (batch.visible == 2).all()
    assert np.array_equal(batch.positions[0], 2 + np.arange(SLOTS))
    assert (batch.group == 0).all()
    assert (batch.seen == -1).all()


def test_a_batch_follows_from_seed_and_number(source, form):
    """Guards a resumed run that learns from other puzzles than the one it goes on with."""
    batches = Batches(source, form, seed=7, how=CORRUPTION)
    again = Batches(source, form, seed=7, how=CORRUPTION)
    (_, one), (_, same), (_, other) = batches.batch(3), again.batch(3), batches.batch(4)
    assert all(torch.equal(a, b) for a, b in zip(one, same, strict=True))
    assert not torch.equal(one.targets, other.targets)


def test_most_puzzles_are_seen_without_an_answer(tokenizer, form):
    """Guards the noise of code: from the left, and with digits that are wrong."""
    many = SudokuSource(tokenizer, form, 200)
    _, canvas = Batches(many, form, seed=0, how=CORRUPTION).batch(0)
    open_slots = ~canvas.pinned
    noisy = canvas.noisy == form.ids.hole
    assert not noisy[canvas.pinned].any()
    assert torch.equal(canvas.noisy[~noisy], canvas.targets[~noisy])
    all_noise = (noisy == open_slots).all(dim=1).float().mean()
    assert 0.6 < all_noise < 0.85
