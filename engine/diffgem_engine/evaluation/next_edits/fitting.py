"""The margin of each kind of proposal, by the gains of right and of wrong ones."""

from collections.abc import Sequence
from typing import Any

from diffgem_engine.evaluation.hole_figures import share
from diffgem_engine.evaluation.next_edits.asked import Answer
from diffgem_lsp.next_edits.choosing import ALWAYS, NEVER, Margins
from diffgem_lsp.next_edits.proposals import KINDS

PRECISION = 0.95  # of what is offered, at least so much is right
LEAST = 10  # proposals of a kind, below which nothing is said of it
STEPS = tuple(range(-20, 31, 2))  # nats, of the sweep
Gains = list[tuple[float, bool]]


def gains_of(answers: Sequence[Answer], kind: str) -> Gains:
    """Of each judged proposal of that kind, and whether it was right."""
    return [
        (each.gain, answer.is_right(each.proposal))
        for answer in answers
        for each in answer.judged
        if each.proposal.kind == kind
    ]


def fitted(answers: Sequence[Answer], shipped: Margins) -> dict[str, float]:
    """Of kinds that are too few to say, the shipped one."""
    found = {}
    for kind in KINDS:
        gains = gains_of(answers, kind)
        found[kind] = margin_of(gains) if len(gains) >= LEAST else shipped[kind]
    return found


def margin_of(gains: Gains) -> float:
    """The least from which on enough are right; ALWAYS where all together are, NEVER where none
    will do.
    """
    if _precision(gains) >= PRECISION:
        return ALWAYS
    for step in STEPS:
        kept = [each for each in gains if each[0] >= step]
        if kept and _precision(kept) >= PRECISION:
            return float(step)
    return NEVER


def sweep(answers: Sequence[Answer]) -> dict[str, Any]:
    """Of each kind how well gains tell right from wrong, and what each margin would let through."""
    report = {}
    for kind in KINDS:
        gains = gains_of(answers, kind)
        rows = []
        for step in STEPS:
            kept = [right for gain, right in gains if gain >= step]
            rows.append({"margin": step, "n": len(kept), "right": share(kept)["share"]})
        report[kind] = {"n": len(gains), "auc": _auc(gains), "margins": rows}
    return report


def _precision(gains: Gains) -> float:
    return sum(right for _, right in gains) / len(gains) if gains else 0.0


def _auc(gains: Gains) -> float | None:
    """How often a right one has more than a wrong one; equal ones half."""
    right, wrong = ([g for g, is_right in gains if is_right is wanted] for wanted in (True, False))
    if not right or not wrong:
        return None
    wins = sum((a > b) + 0.5 * (a == b) for a in right for b in wrong)
    return wins / (len(right) * len(wrong))
