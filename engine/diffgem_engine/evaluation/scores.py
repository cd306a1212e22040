"""A share of problems solved, and how sure it is."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from diffgem_engine.evaluation.sandbox.outcome import Outcome, Verdict

Z = 1.959963984540054  # standard deviations around the middle 95% of a normal distribution


@frozen
class Score:
    """pass@1 of one middle a problem, 0..1, with its 95% Wilson interval."""

    passed: int
    n: int
    outcomes: dict[Verdict, int]

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> "Score":
        """Raises ValueError for no outcome at all."""
        if not outcomes:
            raise ValueError("no problem, no score")
        counts = Counter(outcome.verdict for outcome in outcomes)
        return cls(counts[Verdict.PASSED], len(outcomes), dict(counts))

    @property
    def pass_at_1(self) -> float:
        return self.passed / self.n

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.passed, self.n)

    def as_json(self) -> dict[str, Any]:
        """Every verdict is counted, those that did not occur as 0."""
        return {
            "pass@1": self.pass_at_1,
            "ci95": list(self.interval),
            "n": self.n,
            "outcomes": {verdict.value: self.outcomes.get(verdict, 0) for verdict in Verdict},
        }


def paired_difference(only_one: int, only_other: int, n: int) -> tuple[float, float]:
    """The 95% interval of the difference of two shares of the same `n` cases, of which so many are
    right in the one or in the other alone.

    Agresti and Min, "Simple improved confidence intervals for comparing matched proportions", 2005.
    """
    one, other, size = only_one + 0.5, only_other + 0.5, n + 2
    middle = (one - other) / size
    half = Z * (one + other - (one - other) ** 2 / size) ** 0.5 / size
    return max(-1.0, middle - half), min(1.0, middle + half)


def wilson(passed: int, n: int) -> tuple[float, float]:
    """The 95% interval of a share, within 0..1 and of some width even at its ends.

    Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    share, spread = passed / n, Z * Z / n
    middle = (share + spread / 2) / (1 + spread)
    half = (share * (1 - share) * spread + spread * spread / 4) ** 0.5 / (1 + spread)
    low = 0.0 if passed == 0 else middle - half
    high = 1.0 if passed == n else middle + half
    return low, high
