"""The gate, fitted to what was said of texts and which of them were right.

A right text gains its reader one; a wrong one costs `price`, for a glance and a flicker.  So a text
is worth showing where the probability that it is right is at least price / (1 + price).  That
probability is a logistic regression on what the encoder says of the text, on its origin and on its
hole's kind: the geometric mean of the decoder's own probabilities hardly tells right from wrong.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen

from diffgem_engine.evaluation.errors import BadInput
from diffgem_engine.protocol import Gate, Weight

LEAST_LOOKS = 20  # of anything that has a weight; fewer say more of themselves than of others
RIDGE = 0.1  # on the squares of the weights: what all of a kind are has a finite one
MOST_ITERATIONS = 50
NATS = 10.0  # in which log probabilities are counted here, so that all weights are of one size
Floats = np.ndarray[Any, np.dtype[np.float64]]


class NothingToFit(BadInput):
    """No gate can be told from these texts; the message says what to do."""


@frozen
class Look:
    """A text that would be shown were there no gate."""

    fold: int  # of its file: no gate is judged by files that it was fitted to
    kind: str  # of the hole, in the language server's words
    origin: str
    log_prob: float  # nats
    agreement: float | None
    right: bool


def worth(looks: Sequence[Look], price: float) -> float:
    """Of showing all of them."""
    right = sum(look.right for look in looks)
    return right - price * (len(looks) - right)


def fit(looks: Sequence[Look], price: float) -> Gate:
    """Raises NothingToFit."""
    if len(looks) < LEAST_LOOKS:
        raise NothingToFit(f"{len(looks)} texts are too few to fit a gate to; give more holes")
    names = _names(looks)
    features = np.array([[_feature(name, look) for name in names] for look in looks])
    right = np.array([look.right for look in looks], dtype=np.float64)
    fitted = zip(names, _logistic(features, right).tolist(), strict=True)
    weights = tuple(
        Weight(name, round(value / (NATS if name.endswith("log_prob") else 1.0), 5))
        for name, value in fitted
    )
    least = round(price / (1.0 + price), 4)
    return Gate(least, weights, _agreement(looks, price))


def _names(looks: Sequence[Look]) -> list[str]:
    """Of what there is enough of; the first origin and kind are measured from."""
    origins = _frequent([look.origin for look in looks])
    kinds = _frequent([look.kind for look in looks])
    return [*origins, *(f"{origin} log_prob" for origin in origins), *kinds[1:], "log_prob"]


def _frequent(words: Sequence[str]) -> list[str]:
    counts = {word: words.count(word) for word in sorted(set(words))}
    return [word for word, count in counts.items() if count >= LEAST_LOOKS]


def _feature(name: str, look: Look) -> float:
    if name.endswith("log_prob"):
        origin = name.removesuffix("log_prob").strip()
        return look.log_prob / NATS if origin in ("", look.origin) else 0.0
    return float(name in (look.origin, look.kind))


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
