"""The diffusion path: every step denoises all open slots of a canvas together.

In the order `entropy` a step waits for the device once, for all rows of its batch: for what decides
who is done.  In the order `left` acceptance waits once more.  So does a canvas' end.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from diffgem_engine.core import sampler
from diffgem_engine.core.acceptance import accepted_slots, from_the_left
from diffgem_engine.core.canvas import Canvas, CanvasRules, kept_slots
from diffgem_engine.core.cores import Halves
from diffgem_engine.core.failures import NoNumbers
from diffgem_engine.core.kv import PrefixKv
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.sequence import Denoising, Outcome, Score, Sequence

NEVER = -1e9  # a logit of no probability, but finite: entropies are too


class RowStep(NamedTuple):
    """What a denoising step found for one canvas, its open slots alone."""

    known: "Known"
    log_probs: Tensor  # [open slots], nats, of the likeliest tokens, not tempered
    probs: Tensor  # [open slots, vocab], tempered but from the left
    signal: Tensor  # [open slots, width]
    likeliest: Tensor  # [open slots]
    takes: Tensor  # [open slots], bool: accepted


class Known(NamedTuple):
    """The same in this machine's memory, as far as it decides who is done."""

    argmax: tuple[int, ...]
    accepted: tuple[bool, ...]
    entropy: float  # nats, the mean of the open slots


class DiffusionPath:
    """Knows the runner and the sampler; what is one canvas' own is on its sequence."""

    def __init__(self, runner: Runner, rules: CanvasRules) -> None:
        self._runner, self._rules = runner, rules
        self._halves = Halves.of(runner.device)
        self._unsaid = torch.tensor(rules.unsaid, dtype=torch.long, device=runner.device)

    def start(self, sequence: Sequence, prefix: PrefixKv) -> None:
        """Lay out the first canvas: pinned slots as they are, open ones from the noise source."""
        canvas, device = sequence.canvas, self._runner.device
        spare = sequence.bucket.slots - len(canvas)
        tokens = torch.tensor([*canvas.ids, *[self._rules.pad] * spare], device=device)
        pinned = torch.tensor([*canvas.pinned, *[False] * spare], device=device)
        tokens[self._open(canvas)] = self._noise(len(canvas.open_slots), sequence)
        signal = self._runner.first_signal(tokens, pinned, self._rules.mark)
        padded = self._runner.pad(prefix, sequence.bucket)
        sequence.denoising = Denoising(padded, tokens, signal)

    def look(self, batch: list[Sequence]) -> list[RowStep]:
        """A decoder pass over canvases that may share one, and what it says of each."""
        return self._halves.look(self._look, batch)

    def _look(self, batch: list[Sequence]) -> list[RowStep]:
        denoised = self._runner.denoise(batch)
        if len(self._unsaid):
            denoised.logits.index_fill_(-1, self._unsaid, NEVER)
        heat = [sequence.request.params.temperature(sequence.step) for sequence in batch]
        # what the next step is told of: from the left as the decoder was taught, not tempered
        tempered = [not from_the_left(sequence) for sequence in batch]
        found = sampler.distribution(denoised.logits, heat, tempered)
        accepted = accepted_slots(self._rules, batch, found, denoised.counted)
        signals = self._runner.soft_embedding(found.probs)
        tensors = (found.log_prob, found.probs, signals, found.argmax, accepted)
        counts = [len(sequence.canvas.open_slots) for sequence in batch]
        known = _on_the_host(found, accepted, counts)
        return [
            RowStep(known[row], *(tensor[row, :count] for tensor in tensors))
            for row, count in enumerate(counts)
        ]

    def advance(self, sequence: Sequence, row: RowStep) -> Outcome | None:
        """Accept, renoise, feed back."""
        if not math.isfinite(row.known.entropy):
            raise NoNumbers  # before anything is drawn: on a GPU that would end the device
        sequence.argmax, sequence.accepted, _ = row.known
        drawn = self._drawn(sequence, row)
        noisy = self._noise(len(drawn), sequence)
        slots = self._open(sequence.canvas)
        sequence.live.tokens[slots] = sampler.renoise(drawn, row.takes, noisy)
        sequence.live.signal[slots] = row.signal
        sequence.step += 1
        outcome = _outcome(sequence, row)
        if outcome is not None:
            sequence.score = self._score(sequence, row.log_probs.tolist())
        return outcome

    def _drawn(self, sequence: Sequence, row: RowStep) -> Tensor:
        """From the left the likeliest tokens; tempered ones there too where a request draws."""
        params = sequence.request.params
        if not from_the_left(sequence):
            return sampler.draw(row.probs, sequence.generator)
        if not sequence.request.draws:
            return row.likeliest
        heated = sampler.heated(row.probs, params.temperature(sequence.step))
        return sampler.draw(heated, sequence.generator)

    def _score(self, sequence: Sequence, log_probs: list[float]) -> Score:
        """Of the filled tokens and each hole's end, untempered; of all canvases so far."""
        kept = kept_slots(self._rules, sequence.canvas, sequence.filled())
        said = [
            n for n, slot in zip(log_probs, sequence.canvas.open_slots, strict=True) if slot in kept
        ]
        before = sequence.committed.score
        return Score(before.log_prob + math.fsum(said), before.tokens + len(said))

    def _noise(self, count: int, sequence: Sequence) -> Tensor:
        return sampler.noise(count, *self._rules.noise_range, sequence.generator)

    def _open(self, canvas: Canvas) -> Tensor:
        return torch.tensor(canvas.open_slots, device=self._runner.device)


def _on_the_host(found: sampler.Distribution, accepted: Tensor, counts: list[int]) -> list[Known]:
    """All rows in one copy: each is a wait for the device.  Float64 holds every id."""
    packed = torch.stack([found.argmax.double(), accepted.double(), found.entropy.double()], 1)
    return [
        Known(tuple(map(int, ids[:n])), tuple(map(bool, took[:n])), math.fsum(nats[:n]) / n)
        for (ids, took, nats), n in zip(packed.tolist(), counts, strict=True)
    ]


def _outcome(sequence: Sequence, row: RowStep) -> Outcome | None:
    """Once per step: what the stopping notes is part of it."""
    params, complete = sequence.request.params, all(sequence.accepted)
    if sequence.stopping.done(sequence.argmax, row.known.entropy, params, complete=complete):
        return Outcome.SETTLED
    if sequence.step >= params.steps:
        return Outcome.OUT_OF_STEPS
    return Outcome.OUT_OF_TIME if sequence.late else None
