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

from diffgem_engine.core.canvas import Order

COLDEST = 1e-9  # a temperature so low that only the largest logit counts
# Logits that are looked at together: so many stay in a processor's cache, and a GPU is busy with
# them for longer than it takes to launch what is done with them.
CPU_PIECE, PIECE = 2**18, {"cuda": 2**24}


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
    """What the decoder says of each open slot."""

    probs: Tensor  # [rows, slots, vocab], tempered or not
    entropy: Tensor  # [rows, slots], nats, tempered
    argmax: Tensor  # [rows, slots]
    log_prob: Tensor  # [rows, slots], nats, of the argmax, not tempered


def distribution(
    logits: Tensor, temperatures: Sequence[float], tempered: Sequence[bool] | None = None
) -> Distribution:
    """`logits` [rows, slots, vocab] in float32; for each row a temperature, and whether it is that
    of `probs` too, as it is by default.

    At temperature 0 the largest logit has all the probability (equal ones share it).  The memory of
    `logits` becomes that of `probs`: of a large vocabulary there is no room for a second one.
    """
    rows, slots, vocab = logits.shape
    found = Distribution(
        logits,
        logits.new_empty(rows, slots),
        torch.empty(rows, slots, dtype=torch.long, device=logits.device),
        logits.new_empty(rows, slots),
    )
    size = max(1, PIECE.get(logits.device.type, CPU_PIECE) // vocab)
    for row, heat in enumerate(temperatures):
        told = tempered is None or tempered[row]
        for piece in [slice(first, first + size) for first in range(0, slots, size)]:
            _read(Distribution(*(part[row, piece] for part in found)), max(heat, COLDEST), told)
    return found


def _read(piece: Distribution, heat: float, tempered: bool) -> None:
    """Replace the logits in `probs`, and fill in what follows from them; all of them [slots, ...].

    Relative to the largest logit, so that no exponential overflows.
    """
    x = piece.probs
    top, argmax = x.max(-1, keepdim=True)
    piece.argmax.copy_(argmax[:, 0])
    x.sub_(top)
    cool = x.exp()
    cool_sum = cool.sum(-1, keepdim=True)
    piece.log_prob.copy_(cool_sum.log().neg_()[:, 0])
    hot = x.div_(heat).exp()
    hot_sum = hot.sum(-1, keepdim=True)
    surprise = x.mul_(hot).sum(-1, keepdim=True).div_(hot_sum)
    piece.entropy.copy_(hot_sum.log().sub_(surprise)[:, 0])
    torch.div(*((hot, hot_sum) if tempered else (cool, cool_sum)), out=x)


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


def heated(probs: Tensor, temperature: float) -> Tensor:
    """`probs` [slots, vocab] at a temperature, each slot's in proportion to what it sums to."""
    return (probs / probs.amax(-1, keepdim=True)).pow(1 / max(temperature, COLDEST))


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
