"""The gate, fitted to what was said of texts and which of them were right.

A right text gains its reader one; a wrong one costs `price`, for a glance and a flicker.  So a text
is worth showing where the probability that it is right is at least price / (1 + price), and of
several that may fill a hole the likeliest is shown.  That probability is a logistic regression on
what the encoder says of a text, its length, its origin and its hole's kind: the geometric mean of
the decoder's own probabilities hardly tells right from wrong.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen

from diffgem_engine.evaluation.errors import BadInput
from diffgem_engine.protocol import Gate, Weight
from diffgem_lsp.inline.gate import features

LEAST_LOOKS = 20  # of anything that has a weight; fewer say more of themselves than of others
RIDGE = 0.1  # on the squares of the weights: what all of a kind are has a finite one
MOST_ITERATIONS = 50
NATS = 10.0  # in which log probabilities are counted here, so that all weights are of one size
Floats = np.ndarray[Any, np.dtype[np.float64]]


class NothingToFit(BadInput):
    """No gate can be told from these texts; the message says what to do."""


@frozen
class Look:
    """A text that would be shown were there no gate, and nothing before it."""

    hole: int
    fold: int  # of its file: no gate is judged by files that it was fitted to
    kind: str  # of the hole, in the language server's words
    origin: str
    log_prob: float  # nats
    length: int  # characters
    agreement: float | None
    right: bool

    @property
    def features(self) -> dict[str, float]:
        return features(self.origin, self.kind, self.log_prob, self.length)


def worth(looks: Sequence[Look], price: float) -> float:
    """Of showing all of them."""
    right = sum(look.right for look in looks)
    return right - price * (len(looks) - right)


def fit(looks: Sequence[Look], price: float) -> Gate:
    """Raises NothingToFit."""
    if len(looks) < LEAST_LOOKS:
        raise NothingToFit(f"{len(looks)} texts are too few to fit a gate to; give more holes")
    known = [look.features for look in looks]
    names = _frequent(known)
    scales = {name: NATS if name.endswith("log_prob") else 1.0 for name in names}
    rows = [[each.get(name, 0.0) / scales[name] for name in names] for each in known]
    right = np.array([look.right for look in looks], dtype=np.float64)
    fitted = _logistic(np.array(rows), right).tolist()
    weights = tuple(
        Weight(name, round(value / scales[name], 5))
        for name, value in zip(names, fitted, strict=True)
    )
    least = round(price / (1.0 + price), 4)
    return Gate(least, weights, _agreement(looks, price))


def _frequent(known: Sequence[dict[str, float]]) -> list[str]:
    """The names of what there is enough of."""
    counts = Counter(name for each in known for name in each)
    return sorted(name for name, count in counts.items() if count >= LEAST_LOOKS)


def _logistic(features: Floats, right: Floats) -> Floats:
    """Newton's method; a step that does not lower the loss is halved."""
    weights = np.zeros(features.shape[1])
    for _ in range(MOST_ITERATIONS):
        said = 1.0 / (1.0 + np.exp(-features @ weights))
        slope = features.T @ (said - right) + RIDGE * weights
        bend = (features.T * (said * (1.0 - said))) @ features + RIDGE * np.eye(len(weights))
        step, loss = np.linalg.solve(bend, slope), _loss(features, right, weights)
        while _loss(features, right, weights - step) > loss:
            step = step / 2
        weights = weights - step
        if float(np.abs(step).max()) < 1e-9:
            break
    return weights


def _loss(features: Floats, right: Floats, weights: Floats) -> float:
    sums = features @ weights
    nats = np.logaddexp(0.0, sums) - right * sums
    return float(nats.sum() + RIDGE / 2 * weights @ weights)


def _agreement(looks: Sequence[Look], price: float) -> float:
    """From which share of seeds on what is right outweighs what is not; 0 where all of it does."""
    scored = [(each.agreement, each.right) for each in looks if each.agreement is not None]
    if len(scored) < LEAST_LOOKS:
        return 0.0
    shares = sorted({share for share, _ in scored})
    return max(
        [0.0, *shares],
        key=lambda least: sum(
            1.0 if right else -price for share, right in scored if share >= least
        ),
    )
