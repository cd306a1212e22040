"""Reviews -> figures, each a key of the report.  Pure functions."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diffgem_engine.evaluation.hole_figures import share, spread
from diffgem_engine.evaluation.mistakes import KINDS
from diffgem_engine.evaluation.reviewed import BrokenReview, CleanReview, Token

MOST_FLAGGED = 0.05  # share of the clean chunks that a threshold is chosen on

Rating = Callable[[BrokenReview, Token], float]  # of which the lowest is suspected first


def threshold_of(clean: Sequence[CleanReview]) -> float:
    """The largest probability of which at most `MOST_FLAGGED` of the chunks have a token below."""
    lowest = sorted(min(token.probability for token in review.tokens) for review in clean)
    return lowest[int(MOST_FLAGGED * len(lowest))]


def clean_figures(clean: Sequence[CleanReview], threshold: float) -> dict[str, Any]:
    flagged = [review.flagged(threshold) for review in clean]
    tokens = sum(len(review.tokens) for review in clean)
    return {
        "clean_left_alone": share([count == 0 for count in flagged]),
        "false_alarms_per_100_tokens": 100 * sum(flagged) / tokens if tokens else None,
    }


def broken_figures(
    broken: Sequence[BrokenReview],
    equally_long: Sequence[bool],
    clean: Sequence[CleanReview],
    threshold: float,
) -> dict[str, Any]:
    """`equally_long` says of each whether its right code has as many tokens: what is put in token
    by token cannot mend the others.  `clean` is what wrong tokens are to be told from.
    """
    found = [review.is_found(threshold) for review in broken]
    mended = [review.is_mended for review in broken]
    return {
        "n": len(broken),
        "found": share(found),
        "mended": share(mended),
        "found_and_mended": share([f and m for f, m in zip(found, mended, strict=True)]),
        "mendable": share(equally_long),
        "auc": auc(
            [token.probability for review in broken for token in review.wrong],
            [token.probability for review in clean for token in review.tokens],
        ),
        "rank1": rank1(broken, lambda _, token: token.probability),
    }


def baselines(broken: Sequence[BrokenReview]) -> dict[str, Any]:
    """The share of broken chunks whose token suspected first is wrong: one at random, or the one
    whose text is rarest in its file.
    """
    report = {}
    for name, rating in BASELINES.items():
        kinds = {
            kind: rank1([each for each in broken if each.mistake.kind == kind], rating)
            for kind in KINDS
        }
        report[name] = {"rank1": rank1(broken, rating), "kinds": kinds}
    return report


def latency(reviews: Sequence[CleanReview | BrokenReview]) -> dict[str, Any]:
    return spread([review.latency_ms for review in reviews])


def rank1(broken: Sequence[BrokenReview], rating: Rating) -> float | None:
    """How often the lowest token is a wrong one; of several the share of them that are."""
    shares = []
    for review in broken:
        ratings = [rating(review, token) for token in review.tokens]
        least, wrong = min(ratings), review.wrong
        first = [t for t, each in zip(review.tokens, ratings, strict=True) if each == least]
        shares.append(sum(token in wrong for token in first) / len(first))
    return float(np.mean(shares)) if shares else None


def auc(wrong: Sequence[float], clean: Sequence[float]) -> float | None:
    """How often a wrong token is less likely than a clean one, of all pairs; equal ones half."""
    if not wrong or not clean:
        return None
    ordered = np.sort(np.array(clean))
    below, upto = (np.searchsorted(ordered, wrong, side=side) for side in ("left", "right"))
    return float(1 - np.mean((below + upto) / 2) / len(ordered))


def _count(review: BrokenReview, token: Token) -> int:
    mistake, text = review.mistake, token.text.strip() or token.text
    return sum(part.count(text) for part in (mistake.prefix, mistake.broken, mistake.suffix))


BASELINES: dict[str, Rating] = {"random": lambda *_: 0.0, "rarest": _count}
