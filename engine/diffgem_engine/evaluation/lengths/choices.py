"""Which of several filled lengths is chosen: that of the highest score, the first of equal ones."""

from collections.abc import Callable

import torch
from attrs import evolve

from diffgem_engine.core.canvas import Canvas
from diffgem_engine.core.sampler import noise
from diffgem_engine.core.scoring import Scorer
from diffgem_engine.core.sequence import Denoising, Sequence, Trial
from diffgem_engine.evaluation.lengths.filling import Filler

Choice = Callable[[Sequence], list[float]]  # a score for each trial of a filled sequence


def surest(sequence: Sequence) -> list[float]:
    """After the first step, less the bias."""
    return [trial.sureness for trial in sequence.trials]


def by_encoder(filler: Filler) -> Choice:
    """PILL's score: of the middle and what the format has follow it, by the encoder."""
    scorer = Scorer(filler.runner, filler.form)

    @torch.inference_mode()
    def scores(sequence: Sequence) -> list[float]:
        return [score.log_prob for score in scorer.score(sequence)]

    return scores


def by_suffix(filler: Filler, *, opened: bool) -> Choice:
    """The decoder's untempered log probability of the pinned suffix head, given prompt and filled
    middle: in one more look at all trials, their middles pinned.

    The head stands in the canvas as it does while a hole is filled; or it is `opened`, noise that
    the decoder has yet to denoise.  Zero for every trial where there is no head.
    """

    @torch.inference_mode()
    def scores(sequence: Sequence) -> list[float]:
        rows = [_looked_at(filler, trial, opened=opened) for trial in sequence.trials]
        heads = [[row.canvas.ids[slot] for slot in row.canvas.open_slots] for row in rows]
        if not heads[0]:
            return [0.0] * len(rows)
        said = torch.tensor(heads, device=filler.runner.device)  # [trials, head]
        logits = filler.runner.denoise(rows).logits[:, : said.shape[1]]
        log_probs = logits.log_softmax(-1).gather(-1, said[:, :, None])
        totals: list[float] = log_probs.sum((1, 2)).tolist()
        return totals

    return scores


def together(*choices: Choice) -> Choice:
    """The sum of their scores."""
    return lambda sequence: [
        sum(each) for each in zip(*(c(sequence) for c in choices), strict=True)
    ]


def _looked_at(filler: Filler, trial: Trial, *, opened: bool) -> Sequence:
    """The trial as a canvas whose open slots are those of the head."""
    known, runner = trial.sequence, filler.runner
    ids, end = known.filled(), known.canvas.holes[-1].stop
    in_head = tuple(slot >= end for slot in range(len(ids)))
    canvas = Canvas(tuple(ids), tuple(not each for each in in_head), known.canvas.holes)
    row = Sequence(evolve(known.request, canvas=canvas), known.generator)
    tokens = known.live.tokens.clone()
    tokens[: len(ids)] = torch.tensor(ids, device=runner.device)
    pinned = torch.ones_like(tokens, dtype=torch.bool)
    if opened:
        tokens[end : len(ids)] = noise(len(ids) - end, *filler.form.noise_range, known.generator)
        pinned[end:] = False
    signal = runner.first_signal(tokens, pinned, filler.form.mark)
    row.denoising = Denoising(known.live.prefix, tokens, signal)
    return row
