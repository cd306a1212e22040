"""What a model writes into its own canvases."""

import numpy as np
import pytest
import torch
from attrs import evolve
from checkpoints import python_files, tiny_form, tiny_tokenizer
from tiny import SIZE, tiny_model

from diffgem_engine.training.examples.batches import collate
from diffgem_engine.training.examples.canvases import CanvasExample, CanvasMaker
from diffgem_engine.training.examples.noise import corrupt
from diffgem_engine.training.examples.rows import Row
from diffgem_engine.training.examples.spans import Span
from diffgem_engine.training.passes.lean import LeanForward
from diffgem_engine.training.source import tensors
from diffgem_engine.training.teacher import STEPS, Teacher, _holes, _leading, _place

FORM = tiny_form()
EOM, PAD, HOLE = FORM.ids.eom, FORM.ids.pad, FORM.ids.hole
ENCODE = tiny_tokenizer().encode
TEXT = python_files(3)[2].read_text(encoding="utf-8")


def teacher():
    return Teacher(LeanForward(tiny_model(evolve(SIZE, vocab=FORM.vocab))), FORM)


def batch_of(*canvases):
    ids = ENCODE(TEXT)[:60]
    row = Row([FORM.ids.bos, FORM.ids.prefix, *ids], list(canvases))
    batch = collate([row], FORM, 64)
    return tensors(batch, corrupt(batch, FORM, np.random.default_rng(0)))


def hole(spare=5, head=3):
    canvas = CanvasExample(20)
    canvas.add(ENCODE("value = 1"), 1.0)
    canvas.end_hole(FORM, spare)
    canvas.add(ENCODE("\nother")[:head], 0.0, pinned=True)
    return canvas


def test_pinned_text_and_repairs_stay_and_holes_end_in_padding():
    """Guards a teacher that rewrites what the user typed, or the code that is to be repaired."""
    maker, rng = CanvasMaker(ENCODE, FORM), np.random.default_rng(1)
    repair = maker.to_repair(TEXT, 100, 20, rng)
    several = maker.several(TEXT, Span("rest", 100, 110), 20, len(TEXT), rng)
    ids, canvas = batch_of(hole(), repair, several)
    said = teacher().fill(ids, canvas)
    assert torch.equal(said[canvas.pinned], canvas.targets[canvas.pinned])
    of_repair = canvas.group == 1
    assert torch.equal(said[of_repair], canvas.targets[of_repair])
    written = said[~canvas.pinned & (canvas.group != 1)].tolist()
    assert HOLE not in written
    assert written != canvas.targets[~canvas.pinned & (canvas.group != 1)].tolist()
    mine = said[0, : len(hole()) - 3].tolist()
    if EOM in mine:
        assert set(mine[mine.index(EOM) + 1 :]) <= {PAD}


def test_canvases_do_not_look_at_each_other():
    """Guards text that depends on what shares its row."""
    one, two = hole(), hole(spare=2, head=0)
    ids, alone = batch_of(one)
    _, both = batch_of(one, two)
    first = teacher().fill(ids, alone)[0, : len(one)]
    second = teacher().fill(ids, both)[0, : len(one)]
    assert torch.equal(first, second)


class Watched(LeanForward):
    """Notes what stands in the canvas, and its self-conditioning, at every step."""

    def __init__(self, model):
        super().__init__(model)
        self.tokens, self.signals = [], []

    def denoise(self, canvas, signal, *rest):
        self.tokens.append(canvas)
        self.signals.append(signal)
        return super().denoise(canvas, signal, *rest)


@pytest.mark.parametrize("noise", ["absorbing", "uniform", "marked"])
def test_a_canvas_begins_with_the_formats_own_noise(noise):
    """Guards a teacher that is shown what it never saw, and noise that differs from run to run."""
    form = evolve(FORM, noise=noise)
    ids, canvas = batch_of(hole())
    watched = [Watched(tiny_model(evolve(SIZE, vocab=FORM.vocab))) for _ in range(2)]
    said = [Teacher(forward, form).fill(ids, canvas, seed=5) for forward in watched]
    assert torch.equal(*said)
    mine = canvas.group == 0
    mine &= ~canvas.pinned
    first, signal = watched[0].tokens[0][mine], watched[0].signals[0][mine]
    assert len({*first.tolist()} - {HOLE}) > 2 or noise == "absorbing"
    assert (first == HOLE).all() == (noise == "absorbing")
    assert signal.any() == (noise == "marked")


def test_slots_are_taken_from_the_left_of_each_hole():
    """Guards holes of one canvas that wait for each other, or slots taken in two places."""
    mine = torch.tensor([[1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1, 1]], dtype=torch.bool)
    group = torch.tensor([[0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]])
    holes = _holes(mine, group)
    assert holes.tolist() == [[0, 0, 0, 1, 2, 2, 3, 3, 4, 4, 4, 4]]
    assert _place(mine.long(), holes).tolist() == [[0, 1, 2, 0, 0, 1, 0, 0, 0, 1, 2, 3]]
    half = _leading(mine, holes, 0.5).long()
    assert half.tolist() == [[1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0]]
    assert torch.equal(_leading(mine, holes, 1.0), mine)
    assert STEPS > 8
