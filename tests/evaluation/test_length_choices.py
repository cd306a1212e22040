"""Requests filled beside the engine, and what a length is chosen by, against the slow truth."""

import pytest
import reference
import torch
from attrs import evolve
from tiny import PINNED, VOCAB, run, text_ids, wordy_model

from diffgem_engine.core.engine import Engine
from diffgem_engine.core.hypotheses import KEPT
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.sampler import SamplingParams
from diffgem_engine.evaluation.lengths.choices import by_encoder, by_suffix, surest, together
from diffgem_engine.evaluation.lengths.filling import Filler
from diffgem_engine.evaluation.lengths.forms import Asked

FORM = evolve(PINNED, noise_range=(5, 6))
LENGTHS = [16, 9, 5, 2]
FILLER = Filler(Runner(wordy_model()), FORM)


def asked(seed=0, head=9):
    return Asked(FORM, text_ids(20, seed), text_ids(head, seed + 100), SamplingParams(steps=5))


@pytest.mark.parametrize("seed", range(4))
def test_it_is_filled_as_the_engine_fills_it(seed):
    """Guards an evaluation of something else than what is served."""
    ids = asked(seed).with_lengths(LENGTHS, ((9, 0.1),))
    [end] = run(Engine(FILLER.runner, FORM), ids)
    sequence = FILLER.filled(ids, KEPT)
    scores = by_encoder(FILLER)(sequence)
    chosen = sequence.trials[scores.index(max(scores))]
    assert len(sequence.trials) == KEPT
    assert chosen.sequence.canvas == end.sequence.canvas
    assert chosen.sequence.filled() == end.sequence.filled()
    assert FILLER.middle(chosen) == end.sequence.filled()[: len(chosen.sequence.canvas.open_slots)]
    assert max(scores) == end.sequence.scores[0].log_prob


def test_a_bias_is_of_its_length():
    tries = asked().with_lengths(LENGTHS, ((5, 0.1), (10, 0.2))).hypotheses
    assert [each.bias for each in tries] == [0.2, 0.1, 0.1, 0.0]


def test_the_surest_of_the_first_step_is_kept():
    """Guards tops of other lengths than those that they are said to be of."""
    ids = asked().with_lengths(LENGTHS)
    tops = FILLER.tops(ids)
    assert [*tops] == LENGTHS
    [trial] = FILLER.filled(ids, 1).trials
    assert len(trial.sequence.canvas.open_slots) == max(tops, key=tops.__getitem__)
    everyone = FILLER.filled(ids, len(LENGTHS))
    assert surest(everyone) == sorted(tops.values(), reverse=True)


@pytest.mark.parametrize("seed", range(3))
def test_the_encoder_says_what_the_slow_truth_says(seed):
    sequence = FILLER.filled(asked(seed).with_lengths(LENGTHS), len(LENGTHS))
    for trial, score in zip(sequence.trials, by_encoder(FILLER)(sequence), strict=True):
        *said, last = trial.sequence.filled()
        expected = reference.log_prob(wordy_model(), sequence.request.prompt, said, last)
        assert score == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_the_decoder_says_of_the_head_what_the_slow_truth_says(seed, opened):
    """Guards a head that is read at other slots, and one that is seen where it should be noise."""
    sequence = FILLER.filled(asked(seed).with_lengths(LENGTHS), len(LENGTHS))
    scores = by_suffix(FILLER, opened=opened)(sequence)
    for trial, score in zip(sequence.trials, scores, strict=True):
        filled, end = trial.sequence.filled(), len(trial.sequence.canvas.open_slots)
        head = filled[end:]
        shown = [*filled[:end], *([FORM.noise_range[0]] * len(head))] if opened else filled
        pinned = [not opened or slot < end for slot in range(len(filled))]
        said = reference.look(wordy_model(), sequence.request.prompt, shown, pinned)[end:]
        expected = sum(float(row[token]) for row, token in zip(said, head, strict=True))
        assert score == pytest.approx(expected, abs=1e-3)


def test_a_look_at_the_head_changes_nothing():
    """Guards a choice that spoils the next one's canvas."""
    sequence = FILLER.filled(asked().with_lengths(LENGTHS), len(LENGTHS))
    before = [
        (trial.sequence.filled(), trial.sequence.live.tokens.clone()) for trial in sequence.trials
    ]
    encoder, opened = by_encoder(FILLER), by_suffix(FILLER, opened=True)
    apart = [sum(each) for each in zip(encoder(sequence), opened(sequence), strict=True)]
    assert together(encoder, opened)(sequence) == apart
    for trial, (filled, tokens) in zip(sequence.trials, before, strict=True):
        assert trial.sequence.filled() == filled
        assert torch.equal(trial.sequence.live.tokens, tokens)


def test_without_a_head_the_decoder_has_nothing_to_say():
    sequence = FILLER.filled(asked(head=0).with_lengths(LENGTHS), len(LENGTHS))
    assert by_suffix(FILLER, opened=True)(sequence) == [0.0] * len(LENGTHS)


def test_only_the_seed_draws_a_heads_noise():
    """Guards a figure that is another one in the next run."""
    filler = Filler(FILLER.runner, evolve(FORM, noise_range=(0, VOCAB)))
    said = [
        by_suffix(filler, opened=True)(filler.filled(asked().with_lengths(LENGTHS), len(LENGTHS)))
        for _ in range(2)
    ]
    assert said[0] == said[1]
