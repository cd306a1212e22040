"""The `pinned` format: prompts, canvases of several lengths, and texts on a tiny checkpoint."""

import pytest
import torch
from asking import PREFIX, SUFFIX, infill, opened
from attrs import evolve
from checkpoints import write_published
from hypothesis import given
from hypothesis import strategies as st

from diffgem_engine.checkpoint.loading import load
from diffgem_engine.core.canvas import LONGEST_CANVAS, CanvasError, HoleSlots, PinnedIds
from diffgem_engine.formats.pinned import COMPARED_HEAD, LEAST_HEAD, PinnedFormat, lengths
from diffgem_engine.protocol import Hole, Pinned

FORM = PinnedFormat(
    vocab=300,
    prompt_tokens=50,
    head_tokens=LONGEST_CANVAS,
    guesses=4,
    pad=0,
    bos=2,
    eos=1,
    marks=(0, 1, 2),
    noise_range=(0, 300),
)


def codes(text):
    return [ord(character) for character in text]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    return load(write_published(tmp_path_factory.mktemp("pinned") / "tiny"), torch.device("cpu"))


@pytest.fixture
async def backend(loaded):
    async with opened(loaded) as backend:
        yield backend


def test_the_prompt_is_the_text_before_the_hole():
    assert FORM.prompt(codes, "abc", "def") == [FORM.bos, *codes("abc")]
    assert FORM.prompt(codes, "", "def") == [FORM.bos]


def test_typing_appends_to_the_prompt_or_cuts_it_in_strides():
    """Guards a cached prompt that every key throws away."""
    text, jumps = "".join(chr(300 + n) for n in range(300)), 0
    last = FORM.prompt(codes, text[:1], "")
    for typed in range(2, len(text)):
        prompt = FORM.prompt(codes, text[:typed], "")
        assert len(prompt) <= FORM.prompt_tokens
        assert prompt[0] == FORM.bos
        assert prompt[-1] == ord(text[typed - 1])
        jumps += prompt[:-1] != last
        last = prompt
    assert jumps == pytest.approx((300 - 50) / 12, abs=1)


@given(most=st.integers(1, 256), guesses=st.integers(1, 8))
def test_guesses_go_down_from_what_was_asked(most, guesses):
    found = lengths(most, guesses)
    assert found[0] == most
    assert found == sorted(set(found), reverse=True)
    assert found[-1] >= 1
    assert len(found) <= guesses
    assert guesses == 1 or found[-1] == 1


def test_usual_guesses():
    assert lengths(27, 4) == [27, 9, 3, 1]
    assert lengths(3, 4) == [3, 2, 1]


@given(
    slots=st.integers(1, 256), start=st.integers(0, 255), head=st.integers(0, 400),
    guesses=st.integers(1, 8),
)  # fmt: skip
def test_canvases_differ_in_their_hole_alone(slots, start, head, guesses):
    """Guards a suffix that is compared with another, and one that a long hole pushes out."""
    form, known = evolve(FORM, guesses=guesses), tuple(range(3, 3 + start))
    suffix = tuple(range(1000, 1000 + head))
    if start >= slots:
        with pytest.raises(CanvasError, match="give it more slots"):
            form.canvases([HoleSlots(slots, known)], suffix)
        return
    tries = form.canvases([HoleSlots(slots, known)], suffix)
    sizes = [len(each.canvas.open_slots) for each in tries]
    assert sizes == lengths(sizes[0], guesses)
    assert sizes[0] == slots - start or len(tries[0].canvas) == LONGEST_CANVAS
    for canvas, bias in tries:
        [hole] = canvas.holes
        shown = canvas.ids[hole.stop :]
        assert len(canvas) <= LONGEST_CANVAS
        assert canvas.ids[:start] == known
        assert hole == range(start + len(canvas.open_slots))
        assert shown == tries[0].canvas.ids[tries[0].canvas.holes[0].stop :]
        assert shown == suffix[: len(shown)]
        assert len(shown) >= min(head, LEAST_HEAD, LONGEST_CANVAS - start - 1)
        assert form.after_middle(canvas) == (shown[:COMPARED_HEAD] or (form.eos,))
        assert bias == 0


@pytest.mark.parametrize(
    "parts",
    [
        [HoleSlots(4), PinnedIds((9,)), HoleSlots(3)],
        [PinnedIds((9,)), HoleSlots(4)],
        [HoleSlots(4), PinnedIds((9,))],
    ],
)
def test_other_requests_are_taken_at_their_word(parts):
    """Guards lengths that are guessed where the text beside them is the owner's."""
    [one] = FORM.canvases(parts, codes("def"))
    asked = [part.slots for part in parts if isinstance(part, HoleSlots)]
    assert [len(hole) for hole in one.canvas.holes] == asked


async def test_the_typed_start_comes_back_and_the_suffix_does_not(backend, loaded):
    """Guards a middle that is read beyond its hole, at the slots of another length."""
    for start in ("", "v * 2", "é", "<eom>", "<bos>", "\ufffd"):
        for slots in (14, 30):
            result = await backend.infill(infill(Hole(slots, start)))
            [candidate] = result.candidates
            [text] = candidate.texts
            assert text.startswith(start)
            assert len(loaded.tokenizer.encode(text)) <= 4 * slots
            assert SUFFIX[:8] not in text
            assert 0 < candidate.confidence <= 1


async def test_several_holes_and_the_text_between_them(backend):
    canvas = (Hole(6, "v"), Pinned(" for "), Hole(4), Pinned(" in "), Hole(5, "val"))
    [candidate] = (await backend.infill(infill(*canvas))).candidates
    assert len(candidate.texts) == 3
    assert candidate.texts[0].startswith("v")
    assert candidate.texts[2].startswith("val")


async def test_drafts_compete_with_the_chosen_length(backend):
    result = await backend.infill(infill(Hole(16), drafts=("v * 2 ", "x")))
    assert sorted(c.origin for c in result.candidates) == ["denoised", "draft", "draft"]
    scores = [candidate.log_prob for candidate in result.candidates]
    assert scores == sorted(scores, reverse=True)


async def test_typing_prefills_the_new_tokens_alone(backend):
    await backend.infill(infill(prefix=PREFIX, suffix="]\nprint(1)\n"))
    typed = await backend.infill(infill(prefix=PREFIX + "v", suffix=")]\nprint(1)\n"))
    assert typed.prefilled_tokens <= 4


async def test_progress_is_of_one_canvas(backend):
    """Guards cells that are out of step with their states."""
    seen = []
    result = await backend.infill(infill(Hole(12, "v")), seen.append)
    assert [progress.step for progress in seen] == list(range(1, result.steps + 1))
    for progress in seen:
        assert len(progress.cells) == len(progress.states) == len(seen[0].cells)
        pinned = [c for c, s in zip(progress.cells, progress.states, strict=True) if s == "p"]
        assert SUFFIX.startswith("".join(pinned).removeprefix("v"))


async def test_the_other_paths_work_too(backend):
    result = await backend.infill(infill(Hole(9, "v"), path="autoregressive"))
    assert result.candidates[0].texts[0].startswith("v")
