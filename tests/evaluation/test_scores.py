"""A share and its interval."""

import pytest

from diffgem_engine.evaluation.sandbox.outcome import Outcome, Verdict
from diffgem_engine.evaluation.scores import Score, paired_difference, wilson


@pytest.mark.parametrize(
    ("passed", "n", "low", "high"),
    [  # Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(passed, n, low, high):
    assert wilson(passed, n) == pytest.approx((low, high), abs=5e-5)
    assert wilson(n - passed, n) == pytest.approx((1 - high, 1 - low), abs=5e-5)


def test_a_score_in_the_reports_form():
    verdicts = [Verdict.PASSED, Verdict.FAILED, Verdict.TIMED_OUT, Verdict.PASSED]
    score = Score.of([Outcome(verdict) for verdict in verdicts]).as_json()
    assert (score["pass@1"], score["n"]) == (0.5, 4)
    assert score["ci95"] == list(wilson(2, 4))
    assert score["outcomes"] == {
        "passed": 2,
        "failed": 1,
        "timed out": 1,
        "out of memory": 0,
        "refused": 0,
        "crashed": 0,
    }


def test_no_outcome_has_no_score():
    """Guards a division by zero, or a 0 % that nothing was measured for."""
    with pytest.raises(ValueError, match="no problem"):
        Score.of([])


def test_the_interval_of_a_paired_difference():
    """By hand: (10.5 - 2.5) / 102, and 1.96 * sqrt(13 - 64 / 102) / 102 to either side."""
    assert paired_difference(10, 2, 100) == pytest.approx((0.0108, 0.1460), abs=1e-4)
    low, high = paired_difference(10, 2, 100)
    assert paired_difference(2, 10, 100) == pytest.approx((-high, -low))
    assert paired_difference(0, 0, 1)[0] >= -1
