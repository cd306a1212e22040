"""The diffusion path: every step denoises all open slots of a canvas together."""

from typing import NamedTuple

import torch
from torch import Tensor

from diffgem_engine import sampler
from diffgem_engine.acceptance import accepted_slots
from diffgem_engine.canvas import Canvas, InfillFormat, kept_slots
from diffgem_engine.kv import PrefixKv
from diffgem_engine.runner import Runner
from diffgem_engine.sequence import Denoising, Outcome, Sequence


class RowStep(NamedTuple):
    """What a denoising step found for one canvas, its open slots alone."""

    logits: Tensor  # [open slots, vocab]
    probs: Tensor  # [open slots, vocab], after temperature
    entropy: Tensor  # [open slots]
    argmax: Tensor  # [open slots]
    accepted: Tensor  # [open slots]
    signal: Tensor  # [open slots, width]


class DiffusionPath:
    """Knows the runner and the sampler; what is one canvas' own is on its sequence."""

    def __init__(self, runner: Runner, form: InfillFormat) -> None:
        self._runner, self._form = runner, form

    def start(self, sequence: Sequence, prefix: PrefixKv) -> None:
        """Lay out the first canvas: pinned slots as they are, open ones from the noise source."""
        canvas, device = sequence.request.canvas, self._runner.device
        spare = sequence.bucket.slots - len(canvas)
        tokens = torch.tensor([*canvas.ids, *[self._form.ids.pad] * spare], device=device)
        pinned = torch.tensor([*canvas.pinned, *[False] * spare], device=device)
        tokens[self._open(canvas)] = self._noise(len(canvas.open_slots), sequence)
        signal = self._runner.first_signal(tokens, pinned, self._form.mark)
        padded = self._runner.pad(prefix, sequence.bucket)
        sequence.denoising = Denoising(padded, tokens, signal)

    def look(self, batch: list[Sequence]) -> list[RowStep]:
        """One decoder pass over canvases of one bucket, and what it says of each."""
        denoised = self._runner.denoise(batch)
        heat = [sequence.request.params.temperature(sequence.step) for sequence in batch]
        found = sampler.distribution(denoised.logits, heat)
        accepted = accepted_slots(self._form, batch, found, denoised.counted)
        signals = self._runner.soft_embedding(_guesses(batch, denoised.logits, found.probs))
        stacked = (denoised.logits, found.probs, found.entropy, found.argmax, accepted, signals)
        counts = [len(sequence.request.canvas.open_slots) for sequence in batch]
        return [RowStep(*(t[row, :n] for t in stacked)) for row, n in enumerate(counts)]

    def advance(self, sequence: Sequence, row: RowStep) -> Outcome | None:
        """Accept, renoise, feed back."""
        from_left = sequence.request.params.order == "left"
        drawn = row.argmax if from_left else sampler.draw(row.probs, sequence.generator)
        noisy = self._noise(len(drawn), sequence)
        slots = self._open(sequence.request.canvas)
        sequence.live.tokens[slots] = sampler.renoise(drawn, row.accepted, noisy)
        sequence.live.signal[slots] = row.signal
        sequence.argmax = tuple(row.argmax.tolist())
        sequence.accepted = tuple(row.accepted.tolist())
        sequence.step += 1
        outcome = _outcome(sequence, row)
        if outcome is not None:
            sequence.confidence = self._confidence(sequence, row.logits)
        return outcome

    def _confidence(self, sequence: Sequence, logits: Tensor) -> float:
        """Geometric mean probability, untempered, of the filled tokens and each hole's `<eom>`."""
        kept = kept_slots(self._form, sequence.request.canvas, sequence.filled())
        rows = [i for i, slot in enumerate(sequence.request.canvas.open_slots) if slot in kept]
        argmax = torch.tensor(sequence.argmax, device=logits.device)
        log_probs = logits.log_softmax(-1).gather(1, argmax[:, None])
        return float(log_probs[rows].mean().exp())

    def _noise(self, count: int, sequence: Sequence) -> Tensor:
        return sampler.noise(count, *self._form.noise_range, sequence.generator)

    def _open(self, canvas: Canvas) -> Tensor:
        return torch.tensor(canvas.open_slots, device=self._runner.device)


def _guesses(batch: list[Sequence], logits: Tensor, tempered: Tensor) -> Tensor:
    """What the next step is told of every slot, as probabilities: from the left as the decoder was
    taught, without a temperature.
    """
    left = [row for row, sequence in enumerate(batch) if sequence.request.params.order == "left"]
    if not left:
        return tempered
    guesses = tempered.clone()
    guesses[left] = logits[left].softmax(-1)
    return guesses


def _outcome(sequence: Sequence, row: RowStep) -> Outcome | None:
    """Once per step: what the stopping notes is part of it."""
    params, complete = sequence.request.params, all(sequence.accepted)
    entropy = float(row.entropy.mean())
    if sequence.stopping.done(sequence.argmax, entropy, params, complete=complete):
        return Outcome.SETTLED
    return Outcome.OUT_OF_STEPS if sequence.step >= params.steps else None
