"""Places in documents -> canvases of every kind."""

import re

import numpy as np
import pytest
from checkpoints import python_files, tiny_form, tiny_tokenizer

from diffgem_engine.training.examples.canvases import MOST_HOLES, OPEN_SLOTS, CanvasMaker
from diffgem_engine.training.examples.repair import misspelt
from diffgem_engine.training.examples.spans import Span, draw_span

TEXTS = [path.read_text(encoding="utf-8") for path in python_files(4)]
FORM, ENCODE, DECODE = tiny_form(), tiny_tokenizer().encode, tiny_tokenizer().decode
MAKER = CanvasMaker(ENCODE, FORM)
EOM, PAD = FORM.ids.eom, FORM.ids.pad


def drawn(count=150):
    """(text, span, rng) of as many places."""
    for number in range(count):
        rng, text = np.random.default_rng(number), TEXTS[number % len(TEXTS)]
        yield text, draw_span(text, int(rng.integers(0, len(text))), rng), rng


def said(canvas):
    """What stands in the canvas, without what ends holes."""
    return DECODE([i for i in canvas.targets if i not in (EOM, PAD)]).rstrip("\ufffd")


@pytest.mark.parametrize("typed", [False, True])
def test_a_single_hole_has_the_slots_of_its_kind_and_its_head(typed):
    """Guards holes of other sizes than the language server asks for, and lost text."""
    ended = 0
    for text, span, rng in drawn():
        canvas = MAKER.single(text, span, 7, rng, typed=typed)
        if canvas is None or EOM not in canvas.targets:
            continue
        ended += 1
        end = canvas.targets.index(EOM)
        middle = canvas.targets[:end]
        assert DECODE(middle) == text[span.start : span.end]
        slots = OPEN_SLOTS[span.kind]
        assert canvas.targets[end + 1 : slots] == [PAD] * (slots - end - 1)
        assert text[span.end :].startswith(DECODE(canvas.targets[slots:]).rstrip("\ufffd"))
        assert all(canvas.pinned[slots:])
        assert not any(canvas.pinned[end:slots])
        assert typed or not any(canvas.pinned[:slots])
        padding = sum(canvas.weights[end + 1 : slots])
        assert padding == pytest.approx(1.0 if slots > end + 1 else 0.0)
    assert ended > 60


def test_somebody_who_types_on_finds_the_start_pinned():
    """Guards typed text that the model was never shown in a hole."""
    starts = [
        canvas.pinned.index(False)
        for text, span, rng in drawn()
        if (canvas := MAKER.single(text, span, 7, rng, typed=True)) and EOM in canvas.targets
    ]
    assert sum(start > 0 for start in starts) > 0.5 * len(starts)


def test_a_middle_too_long_for_its_canvas_has_no_end_in_it():
    """Guards long blocks that are taught to end where their canvas does."""
    text = "value = other\n" * 60
    rng = np.random.default_rng(0)
    canvas = MAKER.single(text, Span("lines", 0, len(text)), 7, rng)
    assert len(canvas) == OPEN_SLOTS["lines"]
    assert EOM not in canvas.targets
    assert not any(canvas.pinned)
    assert MAKER.single(text, Span("line", 0, len(text)), 7, rng) is None


def test_several_holes_and_what_stands_between_them():
    """Guards text between holes that is noise, or a hole without an end."""
    counts = []
    for text, span, rng in drawn(300):
        canvas = MAKER.several(text, span, 7, len(text), rng)
        if canvas is None:
            continue
        assert said(canvas) in text
        counts.append(canvas.targets.count(EOM))
        opened = np.diff([True, *canvas.pinned]) & ~np.array(canvas.pinned)
        assert opened.sum() == counts[-1]
    assert min(counts) == 2
    assert max(counts) == MOST_HOLES


def test_no_hole_reaches_into_what_the_prompt_has_read():
    """Guards the leak: what follows the limit stands in the prompt's suffix."""
    for text, span, rng in drawn():
        limit = min(len(text), span.end + 80)
        canvas = MAKER.draw(text, span, 7, limit, rng)
        if canvas is not None and False not in canvas.pinned[-FORM.head_tokens :]:
            opened = len(canvas) - canvas.pinned[::-1].index(False)
            answer = [i for i in canvas.targets[:opened] if i not in (EOM, PAD)]
            assert DECODE(answer) in text[span.start : max(limit, span.end)]


def test_code_to_repair_is_real_code_with_few_mistakes():
    """Guards repairs that are taught on noise, or on mistakes alone."""
    wrong, clean = [], 0
    for text, span, rng in drawn(300):
        canvas = MAKER.to_repair(text, span.start, 7, rng)
        if canvas is None:
            continue
        assert DECODE(canvas.targets) in text[span.start :]
        assert not any(canvas.pinned)
        differs = np.array(canvas.targets) != np.array(canvas.seen)
        assert (np.array(canvas.weights)[differs] == 1.0).all()
        assert min(canvas.seen) >= 16
        wrong.append(differs.mean())
        clean += not differs.any()
    assert 0.02 < np.mean(wrong) < 0.25
    assert 0.1 < clean / len(wrong) < 0.5


def test_a_misspelt_name_is_one_that_was_in_use():
    """Guards mistakes that no person makes, and slots that move."""
    before, code = "first = second\nthird = fourth\n", "first(third, 1e10)\n"
    ids, changes = ENCODE(code), set()
    for seed in range(200):
        changed = misspelt(code, before, ids, ENCODE, np.random.default_rng(seed))
        assert len(changed) == len(ids)
        changes.add(DECODE(changed))
    assert code in changes
    assert len(changes) > 1
    names = {name for text in changes for name in re.findall(r"\b[a-z]+\b", text)}
    assert names <= {"first", "second", "third", "fourth"}
