"""Whether a candidate is better than what ships."""

from collections.abc import Sequence
from typing import Any

from attrs import frozen

SLACK = 0.01  # of a share of the scorecard's holes: three of three hundred


@frozen
class Verdict:
    """`better`, and the sentence that says by which figures."""

    better: bool
    said: str


def of(lines: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]) -> Verdict:
    """`lines` is `eval lines --against`' report; the others are `model` of `eval holes`' reports on
    the same holes.

    Better is who fills more whole lines beyond chance, and of the holes does not fill fewer, nor
    writes more that does not parse.
    """
    low, high = (100 * end for end in lines["against"]["ci95"])
    gain = f"{100 * lines['against']['gain']:+.1f} points ({low:+.1f} to {high:+.1f})"
    pairs = [(name, _of(ours, name), _of(theirs, name)) for name in DECISIVE]
    told = "; ".join(f"{name} {100 * a:.1f}% for {100 * b:.1f}%" for name, a, b in pairs)
    better = low > 0 and all(a >= b - SLACK for _, a, b in pairs)
    return Verdict(better, f"Against the weights before: whole lines {gain}; {told}.")


DECISIVE: dict[str, Sequence[str]] = {
    "holes exactly right": ("exact_match", "share"),
    "by the canvas alone": ("written_exact_match", "share"),
    "parses before the filters": ("syntax_valid", "before_filters"),
}


def _of(report: dict[str, Any], name: str) -> float:
    first, second = DECISIVE[name]
    return float(report[first][second])
