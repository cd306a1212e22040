"""What the encoder says of several middles for one hole: of what was filled, and of the drafts.

The encoder is a causal language model, taught `prompt middle <eom>`, so the log probability of a
middle and its end compares texts of any length and origin.  It sees what the autoregressive path
sees: neither the text between the hole and its line's end nor a suffix head.
"""

import math
from collections.abc import Sequence as Rows

import torch
from torch import Tensor

from diffgem_engine.canvas import InfillFormat, read_hole
from diffgem_engine.runner import Runner
from diffgem_engine.sequence import Score, Sequence


class Scorer:
    """One encoder pass a sequence: its shapes follow from the request, and nothing shares it."""

    def __init__(self, runner: Runner, form: InfillFormat) -> None:
        self._runner, self._form = runner, form

    def score(self, sequence: Sequence) -> tuple[Score, ...]:
        """Of what fills the one hole of `sequence`, then of each of its drafts."""
        filled = [sequence.canvas.filled(sequence.argmax)[i] for i in _open_hole(sequence)]
        middle, _ = read_hole(self._form, filled)
        middles = [tuple(middle), *sequence.request.drafts]
        stem = _stem(sequence)
        known = sequence.prompt_kv.cut(len(sequence.request.prompt) - 1)
        every = self._runner.branch(stem, middles, known)
        return tuple(map(self._score, middles, every))

    def _score(self, middle: Rows[int], logits: Tensor) -> Score:
        """`logits` [tokens, vocab] of what the middle's tokens and its end are drawn from."""
        said = torch.tensor([*middle, self._form.ids.eom], device=logits.device)
        log_probs = logits.log_softmax(-1).gather(1, said[:, None])[:, 0]
        return Score(math.fsum(log_probs.tolist()), len(said))


def _open_hole(sequence: Sequence) -> list[int]:
    canvas = sequence.canvas
    return [slot for slot in canvas.holes[0] if not canvas.pinned[slot]]


def _stem(sequence: Sequence) -> list[int]:
    """What every middle follows, and no cached KV says what comes next of: the prompt's last
    token, and the hole's pinned start, which the autoregressive path's prompt ends with.
    """
    request = sequence.request
    last = request.prompt[-1]
    if request.path == "autoregressive":
        return [last]
    canvas = request.canvas
    return [last, *(canvas.ids[slot] for slot in canvas.holes[0] if canvas.pinned[slot])]
