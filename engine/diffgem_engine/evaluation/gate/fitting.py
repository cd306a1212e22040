"""The gate, fitted to what was sure and what was right.

A right text gains its reader one; a wrong one costs `price`, for a glance and a flicker.  So a text
is worth showing where the probability that it is right is at least price / (1 + price), and the
best threshold on a score is the one above which gains less costs are most.
"""

from collections.abc import Sequence

from attrs import frozen

from diffgem_engine.protocol import Gate

LEAST_LOOKS = 20  # below that a threshold says more of these texts than of others
ORIGINS = ("denoised", "draft", "autoregressive")


@frozen
class Look:
    """A text that would be shown were there no gate."""

    fold: int  # of its file: no threshold is judged by files that it was fitted to
    kind: str  # of the hole
    origin: str
    confidence: float
    agreement: float | None
    right: bool


def worth(looks: Sequence[Look], price: float) -> float:
    """Of showing all of them."""
    right = sum(look.right for look in looks)
    return right - price * (len(looks) - right)


def threshold(scored: Sequence[tuple[float, bool]], price: float) -> float:
    """From which score on what is right outweighs what is not, most; 0 where all of it does.

    Halfway to the next lower score, as any score between the two would do the same.
    """
    ranked = sorted(scored, reverse=True)
    best, kept, total = 0.0, 0, 0.0
    for count, (score, right) in enumerate(ranked, 1):
        total += 1.0 if right else -price
        tied = count < len(ranked) and ranked[count][0] == score
        if total > best and not tied:
            best, kept = total, count
    if kept == len(ranked):
        return 0.0
    above = ranked[kept - 1][0] if kept else 1.0
    return (above + ranked[kept][0]) / 2 if kept else 1.0


def fit(looks: Sequence[Look], price: float) -> Gate:
    """A threshold for each origin that there is enough of, and for the agreement of seeds."""
    least = {origin: _of_origin(looks, origin, price) for origin in ORIGINS}
    passed = [look for look in looks if look.confidence >= least[look.origin]]
    agreed = [(look.agreement, look.right) for look in passed if look.agreement is not None]
    agreement = threshold(agreed, price) if len(agreed) >= LEAST_LOOKS else 0.0
    return Gate(agreement=round(agreement, 3), **least)


def _of_origin(looks: Sequence[Look], origin: str, price: float) -> float:
    scored = [(look.confidence, look.right) for look in looks if look.origin == origin]
    return round(threshold(scored, price), 3) if len(scored) >= LEAST_LOOKS else 0.0


def shown(looks: Sequence[Look], gate: Gate) -> list[Look]:
    """Those that the gate lets through."""
    return [look for look in looks if _passes(look, gate)]


def _passes(look: Look, gate: Gate) -> bool:
    sure = look.confidence >= getattr(gate, look.origin, 0.0)
    return sure and (look.agreement is None or look.agreement >= gate.agreement)
