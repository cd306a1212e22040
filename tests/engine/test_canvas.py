"""The infill format: prompts that only grow, and canvases laid out slot by slot."""

import random
from itertools import pairwise

import pytest

from diffgem_engine.core.canvas import (
    LONGEST_CANVAS,
    CanvasError,
    HoleSlots,
    PinnedIds,
    build_canvas,
    build_continuation,
    kept_slots,
    read_hole,
)
from diffgem_engine.formats.native import InfillFormat, build_prompt

FORM = InfillFormat(vocab=300, prompt_tokens=100, suffix_tokens=20, head_tokens=6)
IDS = FORM.ids


def test_a_prompt_has_the_suffix_first():
    """Guards the layout that the weights were trained on."""
    assert build_prompt(FORM, [50, 51], [60, 61]) == [
        IDS.bos, IDS.suffix, 60, 61, IDS.prefix, 50, 51,
    ]  # fmt: skip
    assert build_prompt(FORM, [50], []) == [IDS.bos, IDS.prefix, 50]
    assert build_prompt(FORM, [], [])[-1] == IDS.prefix


def test_a_prompt_takes_the_nearest_text_within_its_budget():
    """Guards prompts that are too long, and a prefix that loses its end."""
    prompt = build_prompt(FORM, range(1000, 1500), range(2000, 2500))
    assert len(prompt) <= FORM.prompt_tokens
    assert prompt[:2] == [IDS.bos, IDS.suffix]
    assert prompt[2:22] == list(range(2000, 2020))
    assert prompt[-1] == 1499


@pytest.mark.parametrize("suffix", [0, 5, 500])
def test_typing_only_appends_to_the_prompt(suffix):
    """Guards a cut that moves with every key: the cached prefix would be lost each time."""
    text = [random.Random(1).randrange(100, 300) for _ in range(400)]
    after = list(range(2000, 2000 + suffix))
    jumps, last = [], build_prompt(FORM, text[:1], after)
    for typed in range(2, len(text)):
        prompt = build_prompt(FORM, text[:typed], after)
        assert len(prompt) <= FORM.prompt_tokens
        if prompt[:-1] != last:
            jumps.append(typed)
        last = prompt
    room = FORM.prompt_tokens - len(build_prompt(FORM, [], after))
    strides = [b - a for a, b in pairwise(jumps)]
    assert strides
    assert min(strides) == max(strides) == room // 4
    assert jumps[0] == room + 1


def test_a_suffix_that_fills_the_prompt_leaves_it_within_reason():
    """Guards a negative room in a checkpoint with odd numbers."""
    odd = InfillFormat(vocab=300, prompt_tokens=4, suffix_tokens=20, head_tokens=6)
    prompt = build_prompt(odd, [50] * 9, [60] * 30)
    assert prompt == [IDS.bos, IDS.suffix, *[60] * 20, IDS.prefix]


def test_a_canvas_is_laid_out_in_order():
    parts = [PinnedIds((70,)), HoleSlots(4, (80, 81)), PinnedIds((71, 72)), HoleSlots(2)]
    canvas = build_canvas(FORM, parts, range(90, 99))
    known = [(s, i) for s, (i, p) in enumerate(zip(canvas.ids, canvas.pinned, strict=True)) if p]
    assert known == [
        (0, 70), (1, 80), (2, 81), (5, 71), (6, 72), *((9 + i, 90 + i) for i in range(6)),
    ]  # fmt: skip
    assert canvas.holes == (range(1, 5), range(7, 9))
    assert canvas.open_slots == (3, 4, 7, 8)
    assert len(canvas) == 15


def test_the_head_takes_what_room_is_left():
    """Guards a canvas of 256 slots that the suffix head makes longer."""
    canvas = build_canvas(FORM, [HoleSlots(LONGEST_CANVAS - 2)], range(90, 99))
    assert len(canvas) == LONGEST_CANVAS
    assert canvas.ids[-2:] == (90, 91)
    assert len(build_canvas(FORM, [HoleSlots(LONGEST_CANVAS)], [90])) == LONGEST_CANVAS


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([], "at least one hole"),
        ([PinnedIds((1,))], "at least one hole"),
        ([HoleSlots(257)], "the canvas has 257 slots: ask for fewer, it holds at most 256"),
        ([HoleSlots(200), PinnedIds((1,) * 50), HoleSlots(7)], "has 257 slots"),
        ([HoleSlots(2, (1, 2))], "a hole of 2 slots has no room after its 2 pinned tokens"),
        ([HoleSlots(0)], "give it more slots"),
        ([HoleSlots(-3)], "give it more slots"),
    ],
)
def test_a_canvas_that_cannot_be_says_why(parts, message):
    with pytest.raises(CanvasError, match=message):
        build_canvas(FORM, parts, [])


@pytest.mark.parametrize("end", [IDS.eom, IDS.eos, IDS.pad])
def test_a_hole_ends_at_its_first_end(end):
    """Guards filler behind the end that would reach the editor."""
    assert read_hole(FORM, [50, 51, end, 52]) == ([50, 51], True)
    assert read_hole(FORM, [end]) == ([], True)
    assert read_hole(FORM, [50, 51]) == ([50, 51], False)


def test_kept_slots_are_the_middle_and_its_end():
    """Guards a confidence over padding, or over a pinned start."""
    canvas = build_canvas(FORM, [HoleSlots(5, (80,)), PinnedIds((70,)), HoleSlots(3)], [])
    filled = [80, 50, IDS.eom, 51, 52, 70, 53, 54, 55]
    assert kept_slots(FORM, canvas, filled) == {1, 2, 6, 7, 8}


def test_a_continuation_reads_what_the_hole_starts_with():
    """Guards a start that is read twice, or not at all; and a head that is shown but not seen."""
    read, canvas = build_continuation(FORM, [IDS.bos, IDS.prefix, 50], [HoleSlots(4, (60, 61))])
    assert read == [IDS.bos, IDS.prefix, 50, 60, 61]
    assert canvas == build_canvas(FORM, [HoleSlots(4, (60, 61))], ())
    assert canvas.pinned == (True, True, False, False)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([], "fills one hole and no more"),
        ([PinnedIds((50,))], "fills one hole and no more"),
        ([HoleSlots(3), HoleSlots(3)], "fills one hole and no more"),
        ([PinnedIds((50,)), HoleSlots(3)], "fills one hole and no more"),
        ([HoleSlots(2, (50, 51))], "give it more slots"),
        ([HoleSlots(LONGEST_CANVAS + 1)], "it holds at most 256"),
    ],
)
def test_a_continuation_that_cannot_be_says_why(parts, message):
    """Guards holes that are written one into the other."""
    with pytest.raises(CanvasError, match=message):
        build_continuation(FORM, [IDS.bos, IDS.prefix], parts)


def test_no_id_is_both_an_end_and_written():
    """Guards a middle that may end in what is barred, or may not end at all."""
    assert set(IDS.ends) - set(IDS.barred) == {IDS.eom, IDS.eos}
    assert set(IDS.ends) | set(IDS.barred) == set(range(7))


def test_the_noise_is_the_checkpoints():
    assert FORM.noise_range == (IDS.hole, IDS.hole + 1)
    uniform = InfillFormat(300, 100, 20, 6, noise="uniform")
    assert uniform.noise_range == (0, 300)
