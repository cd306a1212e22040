"""Which slots of a batch are accepted in this step, each row in its checkpoint's order."""

from collections.abc import Sequence as Rows

import torch
from torch import Tensor

from diffgem_engine.core import sampler
from diffgem_engine.core.canvas import CanvasRules, kept_slots
from diffgem_engine.core.sampler import Distribution
from diffgem_engine.core.sequence import Sequence


def accepted_slots(
    rules: CanvasRules, batch: Rows[Sequence], found: Distribution, counted: Tensor
) -> Tensor:
    """`counted` tells a row's open slots from its bucket's padding: [rows, open slots], as is the
    result.  The sequences are as the step before left them.
    """
    left = [i for i, sequence in enumerate(batch) if from_the_left(sequence)]
    accepted = torch.zeros_like(counted)
    if len(left) < len(batch):
        bounds = [sequence.request.params.entropy_bound for sequence in batch]
        accepted = sampler.accept(found.entropy, counted, bounds)
    if left:
        rows = found.entropy[left], found.argmax[left]
        accepted[left] = _from_the_left(rules, [batch[i] for i in left], *rows) & counted[left]
    return accepted


def from_the_left(sequence: Sequence) -> bool:
    return sequence.request.params.order == "left"


def _from_the_left(
    rules: CanvasRules, batch: Rows[Sequence], entropy: Tensor, argmax: Tensor
) -> Tensor:
    kept = torch.zeros_like(entropy, dtype=torch.bool)
    stood, least = [], []
    for row, (sequence, tokens) in enumerate(zip(batch, argmax.tolist(), strict=True)):
        slots = _kept(rules, sequence, tokens)
        kept[row, slots] = True
        stood.append(sum(sequence.accepted))
        ahead = sum(slot >= stood[-1] for slot in slots)
        least.append(-(-ahead // (sequence.request.params.steps - sequence.step)))
    bounds = [sequence.request.params.entropy_bound for sequence in batch]
    counts = (torch.tensor(number, device=kept.device) for number in (stood, least))
    return sampler.accept_left(entropy, kept, bounds, *counts)


def _kept(rules: CanvasRules, sequence: Sequence, argmax: Rows[int]) -> list[int]:
    """Which open slots, by their number, say something if `argmax`, bucket-wide, stays."""
    canvas = sequence.canvas
    kept = kept_slots(rules, canvas, canvas.filled(argmax[: len(canvas.open_slots)]))
    return [number for number, slot in enumerate(canvas.open_slots) if slot in kept]
