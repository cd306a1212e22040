"""Length hypotheses: canvases of one request side by side, and which of them is chosen."""

import math

import pytest
import reference
import torch
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import PINNED, request, run, submit, text_ids, wordy_model

from diffgem_engine.core.canvas import HoleSlots, Hypothesis
from diffgem_engine.core.engine import Engine
from diffgem_engine.core.failures import NoNumbers
from diffgem_engine.core.hypotheses import KEPT, MOST_ROWS
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.sequence import Outcome

FORM = PINNED
RUNNER = Runner(wordy_model())


def engine(runner=RUNNER, form=FORM):
    return Engine(runner, form)


def guessed(prompt=20, slots=16, start=(), head=9, seed=0, drafts=(), form=FORM, **sampling):
    """A request for one hole; `head`: how many tokens follow it."""
    tries = form.canvases([HoleSlots(slots, tuple(start))], text_ids(head, seed + 100))
    ids = request(prompt, tries[0].canvas, seed, drafts, **{"steps": 5, **sampling})
    return evolve(ids, path="hypotheses", hypotheses=tries)


def slow(wanted, form=FORM):
    """What is chosen, as (canvas, what fills it): every length by itself, on the stock model."""
    results = []
    for canvas, bias in wanted.hypotheses:
        sure, done = (
            reference.denoise(
                wordy_model(), wanted.prompt, canvas.ids, canvas.pinned, form.noise_range, params,
                wanted.seed,
            )
            for params in (evolve(wanted.params, steps=1), wanted.params)
        )  # fmt: skip
        tops = [math.exp(log_prob) for log_prob in sure.log_probs.values()]
        results.append((sum(tops) / len(tops) - bias, canvas, done))
    best = sorted(results, key=lambda result: result[0], reverse=True)[:KEPT]
    canvas, done = max((found[1:] for found in best), key=lambda one: likelihood(wanted, *one))
    return canvas, done.filled


def likelihood(wanted, canvas, done):
    """Of middle and suffix head: half of it is PILL's score."""
    [hole] = canvas.holes
    start = sum(canvas.pinned[slot] for slot in hole)
    known = [*wanted.prompt, *canvas.ids[:start]]
    *said, last = *done.filled[start : hole.stop], *(canvas.ids[hole.stop :] or (FORM.eos,))
    return reference.log_prob(wordy_model(), known, said, last)


def outcome(end):
    """All that an answer is made of."""
    sequence = end.sequence
    return end.outcome, sequence.step, sequence.canvas, sequence.filled(), sequence.confidence


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("start", [(), (40, 41, 42)], ids=len)
@pytest.mark.parametrize("head", [0, 9])
def test_the_choice_is_that_of_the_slow_truth(seed, start, head):
    """Guards pruning by the wrong rows, a score of another's middle, a canvas that is not swapped
    with what fills it, and rows that see each other.
    """
    wanted = guessed(20 + seed, len(start) + 16, start, head, seed)
    [end] = run(engine(), wanted)
    assert end.error is None
    assert (end.sequence.canvas, end.sequence.filled()) == slow(wanted)


def test_both_comparisons_matter():
    """Guards the test above: a choice that is always the longest, or always the surest."""
    chosen = {len(run(engine(), guessed(seed=seed))[0].sequence.canvas) for seed in range(12)}
    assert len(chosen) > 1


def test_a_bias_lowers_what_is_too_sure():
    """Guards a table that nobody looks at."""
    lengths = {}
    for bias in (-5.0, 0.0, 5.0):
        form = evolve(FORM, length_bias=((6, bias),))
        wanted = guessed(form=form)
        [end] = run(engine(form=form), wanted)
        assert (end.sequence.canvas, end.sequence.filled()) == slow(wanted, form)
        lengths[bias] = len(end.sequence.canvas.open_slots)
    assert lengths[5.0] < 6 <= lengths[-5.0]


def test_nothing_depends_on_what_shares_the_engine():
    """Guards the invariant, to the last bit; no two prompts begin alike."""
    wanted = [guessed((20 + n, *text_ids(5 + 9 * n, n)), 9 + 3 * n, seed=n) for n in range(6)]
    wanted += [guessed((40 + n, *text_ids(30, n)), 16, seed=n) for n in range(MOST_ROWS // 4 + 1)]
    wanted.append(request((60, *text_ids(30)), wanted[-1].canvas))
    together = [outcome(end) for end in run(engine(), *wanted)]
    assert together == [outcome(run(engine(), one)[0]) for one in wanted]


def test_all_rows_have_one_prefill_and_equal_shapes(monkeypatch):
    """Guards a prompt that is read for each length, and passes of one row each."""
    runner, prefills, rows = Runner(wordy_model()), [], []
    machine = engine(runner)
    prefill, denoise = runner.prefill, runner.denoise

    def counted(ids, cached=None):
        prefills.append(len(ids))
        return prefill(ids, cached)

    def watched(sequences):
        rows.append({sequence.bucket for sequence in sequences})
        assert len(rows[-1]) == 1
        rows[-1] = len(sequences)
        return denoise(sequences)

    monkeypatch.setattr(runner, "prefill", counted)
    monkeypatch.setattr(runner, "denoise", watched)
    run(machine, guessed(steps=3, confidence=0.0))
    assert prefills == [20]
    assert rows == [4, KEPT, KEPT]


def test_progress_is_of_one_hypothesis():
    """Guards cells of one length with the states of another."""
    seen, ended, busy = [], [], engine()
    wanted = guessed(steps=4, confidence=0.0)

    def stepped(sequence):
        seen.append((sequence.step, sequence.canvas))
        assert len(sequence.accepted) == len(sequence.argmax) == len(sequence.canvas.open_slots)
        assert len(sequence.filled()) == len(sequence.canvas)

    submit(busy, wanted, ended, stepped)
    while not busy.idle:
        busy.step()
    assert [step for step, _ in seen] == [1, 2, 3, 4]
    assert len({canvas for _, canvas in seen}) == 1
    assert ended[0].outcome is Outcome.OUT_OF_STEPS


def test_drafts_compete_with_what_was_chosen():
    """Guards scores that are of another trial, and drafts that change what is filled."""
    drafts = (text_ids(3, 8), text_ids(14, 9))
    for seed in range(4):
        [plain], [end] = (run(engine(), guessed(seed=seed, drafts=d)) for d in ((), drafts))
        assert outcome(plain) == outcome(end)
        canvas = end.sequence.canvas
        [hole], sequence = canvas.holes, end.sequence
        middles = [tuple(sequence.filled()[i] for i in hole), *drafts]
        assert len(sequence.scores) == len(middles)
        for score, middle in zip(sequence.scores, middles, strict=True):
            *said, last = (*middle, *canvas.ids[hole.stop :])
            expected = reference.log_prob(wordy_model(), sequence.request.prompt, said, last)
            assert score.log_prob == pytest.approx(expected, abs=1e-3)


def broken_for(runner, monkeypatch, sizes):
    """The model says NaN of canvases with so many open slots."""
    denoise = runner.denoise

    def broken(sequences):
        found = denoise(sequences)
        for row, sequence in enumerate(sequences):
            if len(sequence.request.canvas.open_slots) in sizes:
                found.logits[row] = torch.nan
        return found

    monkeypatch.setattr(runner, "denoise", broken)


def test_a_row_without_numbers_goes_alone(monkeypatch):
    """Guards a request that fails for one of its lengths, and one that is filled with none."""
    wanted = guessed()
    sizes = [len(each.canvas.open_slots) for each in wanted.hypotheses]
    runner = Runner(wordy_model())
    with monkeypatch.context() as patch:
        broken_for(runner, patch, sizes[:3])
        [end] = run(engine(runner), wanted)
        assert end.error is None
        assert len(end.sequence.canvas.open_slots) == sizes[3]
    broken_for(runner, monkeypatch, sizes)
    failed, fine = run(engine(runner), wanted, guessed(30, 5, seed=3))
    assert isinstance(failed.error, NoNumbers)
    assert fine.error is None


def test_a_cancelled_request_ends_with_all_its_rows(monkeypatch):
    """Guards rows that go on for nobody, and a choice for nobody."""
    runner, ended, passes = Runner(wordy_model()), [], []
    denoise = runner.denoise
    monkeypatch.setattr(runner, "branch", None)
    monkeypatch.setattr(runner, "denoise", lambda rows: passes.append(len(rows)) or denoise(rows))
    busy = engine(runner)

    def stepped(sequence):
        sequence.cancelled = sequence.step == 2

    submit(busy, guessed(steps=8, confidence=0.0), ended, stepped)
    while not busy.idle:
        busy.step()
    assert ended[0].outcome is Outcome.CANCELLED
    assert passes == [4, KEPT]


def test_without_memory_to_compare_the_surest_stays(monkeypatch):
    """Guards a canvas that was filled and is thrown away."""
    runner = Runner(wordy_model())

    def full(*_):
        raise torch.OutOfMemoryError

    monkeypatch.setattr(runner, "branch", full)
    [end] = run(engine(runner), guessed())
    assert end.error is None
    assert end.sequence.scores == ()
    assert len(end.sequence.filled()) == len(end.sequence.canvas)


def test_marks_are_never_in_a_hole():
    """Guards a special token where nothing ends a middle: it has no text, or ends a document."""
    free = [run(engine(), guessed(seed=seed))[0].sequence for seed in range(3)]
    said = {token for sequence in free for token in sequence.argmax}
    form = evolve(FORM, marks=tuple(sorted(said)))
    for seed in range(3):
        [end] = run(engine(form=form), guessed(seed=seed, form=form))
        assert not said & set(end.sequence.argmax)
        assert math.isfinite(end.sequence.confidence)


@settings(max_examples=20, deadline=None)
@given(
    slots=st.integers(1, 40),
    start=st.integers(0, 5),
    head=st.integers(0, 30),
    seed=st.integers(0, 9),
)
def test_what_is_pinned_never_changes(slots, start, head, seed):
    """Guards the invariant, on every canvas that an owner can see."""
    known = text_ids(start, 50)
    wanted = guessed(10, slots + start, known, head, seed, steps=2)
    ended, busy = [], engine()

    def stepped(sequence):
        for shown, given_, pinned in zip(
            sequence.filled(), sequence.canvas.ids, sequence.canvas.pinned, strict=True
        ):
            assert not pinned or shown == given_

    submit(busy, wanted, ended, stepped)
    while not busy.idle:
        busy.step()
    sequence = ended[0].sequence
    stepped(sequence)
    assert tuple(sequence.filled()[:start]) == known
    assert Hypothesis(sequence.canvas) in wanted.hypotheses


def test_without_memory_for_all_lengths_fewer_are_tried(monkeypatch):
    """Guards a request that fails where a smaller one would have been answered."""
    runner, rows = Runner(wordy_model()), []
    machine, denoise = engine(runner), runner.denoise

    def short(sequences):
        rows.append(len(sequences))
        if len(sequences) > 1:
            raise torch.OutOfMemoryError
        return denoise(sequences)

    monkeypatch.setattr(runner, "denoise", short)
    wanted = guessed(steps=2, confidence=0.0)
    [end] = run(machine, wanted)
    assert end.error is None
    assert end.sequence.canvas == wanted.hypotheses[0].canvas
    assert rows == [4, 4, 2, 1, 1]


def test_a_deadline_ends_all_lengths():
    """Guards trials that go on behind their request's deadline."""
    wanted = evolve(guessed(steps=9, confidence=0.0), deadline_ms=0.0)
    [end] = run(engine(), wanted)
    assert (end.outcome, end.sequence.step) == (Outcome.OUT_OF_TIME, 1)
    assert end.sequence.canvas in [each.canvas for each in wanted.hypotheses]
