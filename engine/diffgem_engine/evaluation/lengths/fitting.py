"""The length bias, fitted to first looks at middles whose length is known.

The decoder is surer of short holes than of long ones, right or wrong, so its mean top probability
compares holes of one length alone.  What is to be taken off is a bias by length (CAL, arXiv
2602.00476, divides by one).  It is fitted to what it is for: the probability that a guess is the
right one is taken to be the softmax, over a case's guesses, of

    scale * (top - bias(length)),    bias a polynomial in log(length), zero at 1,

and the likelihood of the right guesses is as large as it can be.  So the bias has in it how long
the middles of these cases are, and not only how sure the decoder is of them.  How many terms the
polynomial has is decided by what it says of cases that it was not fitted to.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen

from diffgem_engine.evaluation.errors import BadInput
from diffgem_engine.formats.pinned import LengthBias

FOLDS = 5
MOST_TERMS = 3
RIDGE = 1e-4  # on the squares of scale and coefficients: a scale is finite though all guess right
MOST_ITERATIONS = 100
Floats = np.ndarray[Any, np.dtype[np.float64]]


class NothingToFit(BadInput):
    """No bias can be told from these cases; the message says what to do."""


@frozen
class FirstLook:
    """The mean top probability over the hole after one step, for each guess at its length."""

    right: int  # open slots that the middle takes; one of the guesses
    tops: dict[int, float]  # by open slots


@frozen
class Checked:
    """What a bias with so many terms says of cases that it was not fitted to."""

    terms: int
    nats: float  # the mean negative log probability of the right guess
    surest: float  # share of cases whose surest guess is the right one
    two_surest: float


@frozen
class Fit:
    scale: float
    coefficients: tuple[float, ...]  # of the scaled bias: log(length), its square, ...

    def bias(self, length: int) -> float:
        powers = (math.log(length) ** (n + 1) for n in range(len(self.coefficients)))
        scaled = sum(c * power for c, power in zip(self.coefficients, powers, strict=True))
        return scaled / self.scale

    def table(self, longest: int) -> LengthBias:
        return tuple((n, round(self.bias(n), 4)) for n in range(1, longest + 1))


def fit_bias(looks: Sequence[FirstLook]) -> tuple[Fit, list[Checked]]:
    """The fit with as many terms as do best across `FOLDS` folds, of those by which a surer guess
    is the likelier one; what each number of terms does.

    Raises NothingToFit for too few cases, and where there is no such fit.
    """
    if len(looks) < 2 * FOLDS:
        raise NothingToFit(f"{len(looks)} cases are too few to fit a bias to; give more of them")
    checked = [_checked(looks, terms) for terms in range(MOST_TERMS + 1)]
    for each in sorted(checked, key=lambda each: each.nats):
        if (fit := fit_terms(looks, each.terms)).scale > 0:
            return fit, checked
    raise NothingToFit(
        "guesses at the right length are no surer than others: this checkpoint's first step says "
        "nothing of how long a middle is; leave it without a bias, or give more cases"
    )


def fit_terms(looks: Sequence[FirstLook], terms: int) -> Fit:
    """Newton's method on a convex loss; a step that does not lower it is halved."""
    features = [_features(look, terms) for look in looks]
    rights = [[*look.tops].index(look.right) for look in looks]
    weights = np.zeros(terms + 1)
    loss = _loss(features, rights, weights)
    for _ in range(MOST_ITERATIONS):
        step = _newton_step(features, rights, weights)
        while (lower := _loss(features, rights, weights - step)) > loss:
            step = step / 2
        weights = weights - step
        if loss - lower < 1e-12:
            break
        loss = lower
    scale, *coefficients = weights.tolist()
    return Fit(scale, tuple(coefficients))


def _features(look: FirstLook, terms: int) -> Floats:
    """[guesses, 1 + terms]: what scale and coefficients are multiplied with."""
    logs = np.log(np.array([*look.tops], dtype=np.float64))
    columns = [np.array([*look.tops.values()]), *(-(logs ** (n + 1)) for n in range(terms))]
    return np.stack(columns, axis=1)


def _log_probs(features: Floats, weights: Floats) -> Floats:
    """[guesses]"""
    score = features @ weights
    log_probs: Floats = score - np.logaddexp.reduce(score)
    return log_probs


def _loss(features: Sequence[Floats], rights: Sequence[int], weights: Floats) -> float:
    said = [_log_probs(x, weights)[right] for x, right in zip(features, rights, strict=True)]
    return float(RIDGE * weights @ weights - np.mean(said))


def _newton_step(features: Sequence[Floats], rights: Sequence[int], weights: Floats) -> Floats:
    gradient = 2 * RIDGE * weights
    curvature = 2 * RIDGE * np.eye(len(weights))
    for x, right in zip(features, rights, strict=True):
        probs = np.exp(_log_probs(x, weights))
        mean = probs @ x
        gradient = gradient + (mean - x[right]) / len(features)
        curvature += ((x.T * probs) @ x - np.outer(mean, mean)) / len(features)
    return np.asarray(np.linalg.solve(curvature, gradient), dtype=np.float64)


def _checked(looks: Sequence[FirstLook], terms: int) -> Checked:
    nats, ranks = [], []
    for fold in range(FOLDS):
        fit = fit_terms([look for i, look in enumerate(looks) if i % FOLDS != fold], terms)
        weights = np.array([fit.scale, *fit.coefficients])
        for look in looks[fold::FOLDS]:
            log_probs = _log_probs(_features(look, terms), weights)
            said = log_probs[[*look.tops].index(look.right)]
            nats.append(-float(said))
            ranks.append(int((log_probs > said).sum()))
    return Checked(
        terms=terms,
        nats=float(np.mean(nats)),
        surest=float(np.mean([rank < 1 for rank in ranks])),
        two_surest=float(np.mean([rank < 2 for rank in ranks])),
    )
