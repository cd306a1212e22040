"""What the encoder says of several middles for one hole: of what was filled, and of the drafts.

The encoder is a causal language model, so the log probability of a middle and of what follows it
compares texts of any length and origin.  What follows is the format's business: an end that the
encoder was taught (`prompt middle <eom>`); or the head of the suffix, and then this is the
likelihood that tells a right length from a wrong one (PILL halves it, which changes no order).

It sees what the autoregressive path sees: neither the text between the hole and its line's end nor
a suffix head, but for one that it is asked about.
"""

import math
from collections.abc import Sequence as Rows

import torch
from torch import Tensor

from diffgem_engine.core.canvas import CanvasRules, read_hole
from diffgem_engine.core.failures import NoNumbers
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.sequence import Score, Sequence


class Scorer:
    """One encoder pass a sequence: its shapes follow from the request, and nothing shares it."""

    def __init__(self, runner: Runner, rules: CanvasRules) -> None:
        self._runner, self._rules = runner, rules

    def score(self, sequence: Sequence) -> tuple[Score, ...]:
        """Of what fills the one hole of `sequence`, in each trial that is still in the running,
        then of each of its drafts.  Raises NoNumbers.
        """
        ways = [trial.sequence for trial in sequence.trials] or [sequence]
        filled = [*map(self._middle, ways)]
        if sequence.draft_scores:
            return self._scores(sequence, filled) + sequence.draft_scores
        return self._scores(sequence, [*filled, *sequence.request.drafts])

    def suffices(self, sequence: Sequence) -> bool:
        """Whether a draft is so likely that nothing need be filled.  Where one may be, all of them
        have their `draft_scores` then.  Raises NoNumbers.
        """
        drafts, enough = sequence.request.drafts, sequence.request.params.draft_enough
        if drafts and enough < 0:
            sequence.draft_scores = self._scores(sequence, drafts)
        return any(score.log_prob >= enough for score in sequence.draft_scores)

    def _scores(self, sequence: Sequence, middles: Rows[Rows[int]]) -> tuple[Score, ...]:
        after = self._rules.after_middle(sequence.canvas)
        known = sequence.prompt_kv.cut(len(sequence.request.prompt) - 1)
        texts = [(*middle, *after) for middle in middles]
        every = self._runner.branch(_stem(sequence), [text[:-1] for text in texts], known)
        return tuple(map(_score, texts, every))

    def _middle(self, sequence: Sequence) -> list[int]:
        filled = sequence.filled()
        return read_hole(self._rules, [filled[slot] for slot in _open_hole(sequence)])[0]


def _score(text: Rows[int], logits: Tensor) -> Score:
    """`logits` [tokens, vocab] of what the tokens of `text` are drawn from."""
    said = torch.tensor(text, device=logits.device)
    log_probs = logits.log_softmax(-1).gather(1, said[:, None])[:, 0]
    log_prob = math.fsum(log_probs.tolist())
    if not math.isfinite(log_prob):
        raise NoNumbers
    return Score(log_prob, len(text))


def _open_hole(sequence: Sequence) -> list[int]:
    canvas = sequence.canvas
    return [slot for slot in canvas.holes[0] if not canvas.pinned[slot]]


def _stem(sequence: Sequence) -> list[int]:
    """What every middle follows, and no cached KV says what comes next of: the prompt's last
    token, and the hole's pinned start, which the autoregressive path's prompt ends with.
    """
    request, canvas = sequence.request, sequence.canvas
    last = request.prompt[-1]
    if request.path == "autoregressive":
        return [last]
    return [last, *(canvas.ids[slot] for slot in canvas.holes[0] if canvas.pinned[slot])]
