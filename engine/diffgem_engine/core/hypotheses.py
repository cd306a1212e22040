"""The path of a request of several canvases: lengths of its hole, or seeds, are tried at once.

Each is a row beside the others on the diffusion path.  Lengths are for a middle that is all of its
hole, with the request's seed.  After the first step those of which the decoder is surest stay (its
mean top probability over the hole, after CAL, arXiv 2602.00476); what they come to is compared by
the encoder (see `scoring`), and `choose` takes the likeliest.  Seeds are all denoised to their
ends; who makes texts of them counts which they agree on.
"""

from typing import NamedTuple

import torch
from attrs import evolve

from diffgem_engine.core.denoising import DiffusionPath, RowStep
from diffgem_engine.core.failures import NoNumbers
from diffgem_engine.core.kv import PrefixKv
from diffgem_engine.core.request import InfillIds
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.sequence import Outcome, Score, Sequence, Trial

KEPT = 2  # trials after the first step; an evaluation tries other numbers
MOST_ROWS = 16  # of a decoder pass
SEEDS = 2**63  # from 0


class TrialStep(NamedTuple):
    """What a denoising step found for one trial."""

    trial: Trial
    row: RowStep
    top: float  # mean top probability over the hole, untempered; in the first step alone


class HypothesesPath:
    """Trials in the batches of the diffusion path, whichever requests they are of."""

    def __init__(self, runner: Runner, diffusion: DiffusionPath, kept: int = KEPT) -> None:
        self._runner, self._diffusion, self._kept = runner, diffusion, kept

    def start(self, sequence: Sequence, prefix: PrefixKv) -> None:
        """One prompt for all, each with room of its own: two threads may look at them at once."""
        sequence.trials = [self._trial(*each, prefix) for each in _tries(sequence.request)]

    def look(self, batch: list[Sequence]) -> list[list[TrialStep]]:
        """Decoder passes over the trials that are still denoised, all of one bucket."""
        denoised = [_denoised(sequence) for sequence in batch]
        every = [trial.sequence for trials in denoised for trial in trials]
        rows = [
            row
            for first in range(0, len(every), MOST_ROWS)
            for row in self._diffusion.look(every[first : first + MOST_ROWS])
        ]
        found = iter(zip(rows, _tops(every, rows), strict=True))
        return [[TrialStep(trial, *next(found)) for trial in trials] for trials in denoised]

    def advance(self, sequence: Sequence, row: list[TrialStep]) -> Outcome | None:
        """Every trial takes its step; after the first the least sure ones go.

        A trial that the model has no numbers for goes alone, and takes the request along only
        where it was the last.
        """
        for step in row:
            try:
                step.trial.sequence.late = sequence.late
                step.trial.outcome = self._diffusion.advance(step.trial.sequence, step.row)
            except NoNumbers:
                sequence.trials.remove(step.trial)
                if not sequence.trials:
                    raise
        if sequence.step == 0 and sequence.request.hypotheses:
            _prune(sequence, row, self._kept)
        sequence.step += 1
        _follow(sequence, sequence.trials[0])
        if _denoised(sequence):
            return None
        return _worst(sequence.trials)

    def _trial(self, row: InfillIds, bias: float, prefix: PrefixKv) -> Trial:
        stream = torch.Generator(device=self._runner.device).manual_seed(row.seed)
        trial = Trial(Sequence(row, stream), bias)
        self._diffusion.start(trial.sequence, prefix)
        return trial


def _tries(request: InfillIds) -> list[tuple[InfillIds, float]]:
    """Each length, or each seed, as a request of its own, with its bias; the first seed's is what
    the request would be without the others.
    """
    row = evolve(request, path="diffusion", drafts=())
    if request.hypotheses:
        return [(evolve(row, canvas=canvas), bias) for canvas, bias in request.hypotheses]
    numbers = range(request.seeds)
    return [(evolve(row, seed=(row.seed + n) % SEEDS, draws=n > 0), 0.0) for n in numbers]


def choose(sequence: Sequence, scores: tuple[Score, ...]) -> tuple[Score, ...]:
    """The trial of the best score is what fills `sequence`: its score, then those of the drafts.

    `scores` are of all trials, in their order, and then of the drafts.
    """
    count = len(sequence.trials)
    if not count:
        return scores
    best = max(range(count), key=lambda number: scores[number].log_prob)
    _follow(sequence, sequence.trials[best])
    sequence.trials = [sequence.trials[best]]
    return scores[best], *scores[count:]


def _worst(trials: list[Trial]) -> Outcome:
    """How a request ended whose trials all have."""
    ended = {trial.outcome for trial in trials}
    worse = (Outcome.OUT_OF_TIME, Outcome.OUT_OF_STEPS)
    return next((outcome for outcome in worse if outcome in ended), Outcome.SETTLED)


def _denoised(sequence: Sequence) -> list[Trial]:
    return [trial for trial in sequence.trials if trial.outcome is None]


def _tops(sequences: list[Sequence], rows: list[RowStep]) -> list[float]:
    """Of trials in their first step the mean top probability, all in one wait; of others 0."""
    tops = [0.0] * len(rows)
    fresh = [number for number, sequence in enumerate(sequences) if sequence.step == 0]
    if fresh:
        means = [rows[number].log_probs.exp().mean() for number in fresh]
        for number, mean in zip(fresh, torch.stack(means).tolist(), strict=True):
            tops[number] = mean
    return tops


def _prune(sequence: Sequence, row: list[TrialStep], kept: int) -> None:
    """The surest lead from now on."""
    for step in row:
        step.trial.sureness = step.top - step.trial.bias
    sequence.trials.sort(key=lambda trial: trial.sureness, reverse=True)
    del sequence.trials[kept:]


def _follow(sequence: Sequence, trial: Trial) -> None:
    """What is told of `sequence` is told of `trial`."""
    leader = trial.sequence
    sequence.canvas = leader.canvas
    sequence.argmax, sequence.accepted = leader.argmax, leader.accepted
    sequence.score = leader.score
