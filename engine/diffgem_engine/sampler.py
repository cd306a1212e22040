"""Temperature, entropy-bound acceptance and renoising: pure functions on rows of logits.

The algorithm is `transformers`' EntropyBoundSampler (after arXiv 2505.24857), on the open slots of
each row alone.  Rows never look at each other, and each draws from its own random stream.

A bound on the entropies of single slots says little where a small model cannot tell how long the
middle is: it is sure of brackets and padding that contradict the tokens still to come.  Such a
checkpoint asks for the order `left`: slots are taken from the left, and all of them count.  Each
gets its likeliest token, and the temperature is of the entropies alone.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from attrs import frozen
from torch import Tensor

from diffgem_engine.canvas import Order

COLDEST = 1e-9  # a temperature so low that only the largest logit counts


@frozen
class SamplingParams:
    """A checkpoint's generation config after a request's overrides."""

    steps: int = 48
    temperature_start: float = 0.8
    temperature_end: float = 0.4
    entropy_bound: float = 0.1
    stability: int = 1
    confidence: float = 0.005
    order: Order = "entropy"
    draft_bonus: float = 0.0  # nats
    draft_enough: float = 0.0  # nats; no log probability is as large

    def temperature(self, step: int) -> float:
        """Of denoising step `step` (from 0): linear from start towards end."""
        left = (self.steps - step) / self.steps
        return self.temperature_end + (self.temperature_start - self.temperature_end) * left


class Distribution(NamedTuple):
    """What the decoder says of each open slot, after temperature."""

    probs: Tensor  # [rows, slots, vocab]
    entropy: Tensor  # [rows, slots], nats
    argmax: Tensor  # [rows, slots]


def distribution(logits: Tensor, temperatures: Sequence[float]) -> Distribution:
    """`logits` [rows, slots, vocab] in float32, one temperature a row.

    At temperature 0 the largest logit has all the probability (equal ones share it).
    """
    heat = torch.tensor([max(t, COLDEST) for t in temperatures], device=logits.device)
    scaled = logits / heat[:, None, None]
    log_probs = scaled.log_softmax(-1)
    probs = log_probs.exp()
    return Distribution(probs, -(probs * log_probs).sum(-1), scaled.argmax(-1))


def accept(entropy: Tensor, counted: Tensor, bounds: Sequence[float]) -> Tensor:
    """The slots of lowest entropy whose sum, less its largest term, stays within the bound.

    `entropy` [rows, slots] in nats; slots not `counted` (a bucket's padding) are never accepted.
    The left side bounds the mutual information of the accepted tokens: they may be drawn at once.
    """
    ordered, order = entropy.masked_fill(~counted, torch.inf).sort(dim=-1)
    before = ordered.nan_to_num(posinf=0.0).cumsum(-1) - ordered.nan_to_num(posinf=0.0)
    limit = torch.tensor(bounds, device=entropy.device)[:, None]
    chosen = (before <= limit) & ordered.isfinite()
    return torch.zeros_like(chosen).scatter(-1, order, chosen)


def accept_left(
    entropy: Tensor, kept: Tensor, bounds: Sequence[float], stood: Tensor, least: Tensor
) -> Tensor:
    """The leftmost slots: the `stood` that were accepted before, and more within the bound.

    What stands is paid for, and a slot that is not `kept`, behind the end of its hole, is free.
    Of those that are to pay `least` are accepted at any cost, and more while the sum of entropies,
    the first one's too, stays within the bound: a slot right behind an unsure one looks sure, of
    what would follow the likeliest token there.  `entropy` and `kept` [rows, slots], `stood` and
    `least` [rows].
    """
    places = torch.arange(entropy.shape[1], device=entropy.device)
    paid = kept & (places >= stood[:, None])
    cost = entropy.masked_fill(~paid, 0.0)
    limit = torch.tensor(bounds, device=entropy.device)[:, None]
    return (cost.cumsum(-1) <= limit) | (paid.cumsum(-1) <= least[:, None])


def draw(probs: Tensor, generator: torch.Generator) -> Tensor:
    """One token for each slot of one row: [slots, vocab] -> [slots]."""
    return torch.multinomial(probs, 1, generator=generator).squeeze(-1)


def likeliest(logits: Tensor, barred: Tensor) -> tuple[int, float]:
    """The token with the largest of `logits` [vocab], and the log of its probability; ids that
    are `barred` have none.
    """
    allowed = logits.index_fill(0, barred, -torch.inf)
    token = int(allowed.argmax())
    return token, float(allowed.log_softmax(-1)[token])


def noise(slots: int, low: int, high: int, generator: torch.Generator) -> Tensor:
    """Noise tokens for one row, uniform in [low, high): [slots]."""
    return torch.randint(low, high, (1, slots), generator=generator, device=generator.device)[0]


def renoise(drawn: Tensor, accepted: Tensor, noisy: Tensor) -> Tensor:
    """Accepted slots keep what was drawn for them; all others become noise again."""
    return torch.where(accepted, drawn, noisy)
