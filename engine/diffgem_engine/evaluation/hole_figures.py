"""Answers -> figures, each a key of the report.  Pure functions."""

import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from rapidfuzz.distance import Levenshtein

from diffgem_engine.evaluation.asked_holes import Answer
from diffgem_engine.evaluation.scores import wilson

BINS = 10  # of the confidence


def figures(answers: Sequence[Answer], tokens: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """`tokens` has of each answer how many were written and how many were right.

    All shares are 0..1; quiet counts as a miss for the exact match.
    """
    quiet = [answer for answer in answers if not answer.shown]
    return {
        "n": len(answers),
        "exact_match": share([answer.is_right for answer in answers]),
        "written_exact_match": share([answer.is_written_right for answer in answers]),
        "edit_similarity": _mean(
            [Levenshtein.normalized_similarity(a.shown, a.hole.expected) for a in answers]
        ),
        "syntax_valid": {
            "before_filters": _mean([answer.written_valid for answer in answers]),
            "after_filters": _mean([a.shown_valid for a in answers if a.shown]),
        },
        "length_error": _length_error(tokens),
        "shown": _mean([bool(answer.shown) for answer in answers]),
        "rightly_quiet": _mean([not answer.is_written_right for answer in quiet]),
        "quiet_because": dict(Counter(answer.reason for answer in quiet).most_common()),
        "origin": dict(Counter(answer.origin for answer in answers if answer.shown)),
        "calibration": calibration(answers),
        "latency_ms": spread([answer.latency_ms for answer in answers]),
        "steps": _mean([answer.steps for answer in answers]),
        "tokens_per_forward": _tokens_per_forward(answers, tokens),
        "cost_per_retained": _cost(answers),
    }


def share(right: Sequence[bool]) -> dict[str, Any]:
    """Of those that are True, with its 95% Wilson interval; None of nothing."""
    if not right:
        return {"share": None, "ci95": None, "n": 0}
    return {
        "share": sum(right) / len(right),
        "ci95": list(wilson(sum(right), len(right))),
        "n": len(right),
    }


def calibration(answers: Sequence[Answer]) -> dict[str, Any]:
    """How often what is shown is right, by its confidence, and the expected calibration error.

    Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning", 2015.
    """
    shown = [answer for answer in answers if answer.shown]
    bins: list[list[Answer]] = [[] for _ in range(BINS)]
    for answer in shown:
        bins[min(BINS - 1, int(answer.confidence * BINS))].append(answer)
    rows = [
        {
            "from": number / BINS,
            "to": (number + 1) / BINS,
            "n": len(group),
            "confidence": _mean([answer.confidence for answer in group]),
            "exact_match": _mean([answer.is_right for answer in group]),
        }
        for number, group in enumerate(bins)
    ]
    gaps = [abs(sum(a.confidence - a.is_right for a in group)) for group in bins]
    return {"bins": rows, "error": sum(gaps) / len(shown) if shown else None}


def by_kind(
    answers: Sequence[Answer], make: Callable[[list[int]], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """`make` of the places of each kind's answers."""
    kinds = dict.fromkeys(answer.hole.kind for answer in answers)
    return {
        kind: make([i for i, answer in enumerate(answers) if answer.hole.kind == kind])
        for kind in kinds
    }


def _length_error(tokens: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """`ratio` of all that was written to all that was right; `tokens` is off by, on average."""
    written, right = sum(w for w, _ in tokens), sum(r for _, r in tokens)
    return {
        "ratio": written / right if right else None,
        "tokens": _mean([abs(w - r) for w, r in tokens]),
        "exact": _mean([w == r for w, r in tokens]),
    }


def _tokens_per_forward(
    answers: Sequence[Answer], tokens: Sequence[tuple[int, int]]
) -> float | None:
    """Written ones and each hole's end, over the denoising steps that wrote them."""
    steps = sum(answer.written_steps for answer in answers)
    return sum(written + 1 for written, _ in tokens) / steps if steps else None


def _cost(answers: Sequence[Answer]) -> dict[str, Any]:
    """What all requests took, for each that was exactly right: those that a user would retain."""
    right = sum(answer.is_right for answer in answers)
    if not right:
        return {"steps": None, "ms": None}
    return {
        "steps": sum(answer.steps for answer in answers) / right,
        "ms": sum(answer.latency_ms for answer in answers) / right,
    }


def spread(values: Sequence[float]) -> dict[str, Any]:
    if len(values) < 2:
        return {"p50": _mean(values), "p95": _mean(values)}
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return {"p50": statistics.median(values), "p95": cuts[-1]}


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None
