"""The reviewing path: one denoising pass over code as it is, nothing noised and nothing pinned.

What the model is taught to repair looks the same: code with a few wrong tokens in open slots, and
no self-conditioning.  A token that it would rather see replaced has little probability.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from diffgem_engine.core.canvas import CanvasRules
from diffgem_engine.core.failures import NoNumbers
from diffgem_engine.core.kv import PrefixKv
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.sequence import Denoising, Opinion, Outcome, Sequence


class RowReview(NamedTuple):
    """What the pass found for one canvas."""

    own: Tensor  # [slots], the probability of the token that stands there
    best: Tensor  # [slots], the likeliest token; the own one where none is likelier
    best_probs: Tensor  # [slots]


class ReviewingPath:
    """A sequence is done after one step.  The infill format's own tokens are barred: they are no
    code.
    """

    def __init__(self, runner: Runner, rules: CanvasRules) -> None:
        self._runner, self._pad = runner, rules.pad
        self._marks = torch.tensor(rules.marks, dtype=torch.long, device=runner.device)

    def start(self, sequence: Sequence, prefix: PrefixKv) -> None:
        canvas, device = sequence.canvas, self._runner.device
        spare = sequence.bucket.slots - len(canvas)
        tokens = torch.tensor([*canvas.ids, *[self._pad] * spare], device=device)
        nowhere = torch.zeros_like(tokens, dtype=torch.bool)
        signal = self._runner.first_signal(tokens, nowhere, mark=None)
        padded = self._runner.pad(prefix, sequence.bucket)
        sequence.denoising = Denoising(padded, tokens, signal)

    def look(self, batch: list[Sequence]) -> list[RowReview]:
        """One decoder pass over canvases of one bucket."""
        logits = self._runner.denoise(batch).logits
        probs = logits.index_fill(-1, self._marks, -torch.inf).softmax(-1)
        return [_read(probs[row], sequence) for row, sequence in enumerate(batch)]

    def advance(self, sequence: Sequence, row: RowReview) -> Outcome | None:
        """Raises NoNumbers."""
        own, best, best_probs = (column.tolist() for column in row)
        if not math.isfinite(math.fsum(best_probs)):
            raise NoNumbers
        sequence.opinions = tuple(map(Opinion, own, best, best_probs))
        sequence.step += 1
        return Outcome.SETTLED


def _read(probs: Tensor, sequence: Sequence) -> RowReview:
    """`probs` [open slots of the bucket, vocab]."""
    count = len(sequence.canvas)
    said = sequence.live.tokens[:count]
    own = probs[:count].gather(1, said[:, None])[:, 0]
    best_probs, best = probs[:count].max(-1)
    return RowReview(own, torch.where(own < best_probs, best, said), best_probs)
