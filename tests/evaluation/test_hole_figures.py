"""Answers -> figures, by hand."""

import pytest
from attrs import evolve

from diffgem_engine.evaluation.asked_holes import Answer, Asked, is_same, is_valid, one_hole
from diffgem_engine.evaluation.cuts import Hole
from diffgem_engine.evaluation.hole_baselines import copy, copy_alike, repeat
from diffgem_engine.evaluation.hole_figures import calibration, figures, share
from diffgem_engine.evaluation.trees import SourceFile

TEXT = "a = 1\nb = 2\na = 1\nb = 3\n"


def hole(start, end, kind="rest", text=TEXT):
    return Hole(kind, SourceFile("a.py", "python", text), start, end)


def answered(shown, expected="b = 2", **fields):
    text = f"x = 1\n{expected}\n"
    made = Answer(
        hole=hole(6, 6 + len(expected), "line", text), asked=Asked("", "", 22), written=shown,
        shown=shown, reason="", origin="denoised", confidence=0.75, steps=4, written_steps=4,
        latency_ms=10.0, written_valid=True, shown_valid=True,
    )  # fmt: skip
    return evolve(made, **fields)


def test_quiet_is_a_miss_and_may_be_right():
    """Guards a model that is good because it says nothing."""
    quiet = answered("", written="b = 2", reason="dropped")
    rightly = answered("", written="b = 7", reason="dropped")
    found = figures([answered("b = 2"), answered("c"), quiet, rightly], [(3, 3), (1, 3)] * 2)
    assert found["exact_match"]["share"] == 0.25
    assert found["written_exact_match"]["share"] == 0.5
    assert found["shown"] == 0.5
    assert found["rightly_quiet"] == 0.5
    assert found["quiet_because"] == {"dropped": 2}
    assert found["length_error"] == {"ratio": 8 / 12, "tokens": 1.0, "exact": 0.5}
    assert found["tokens_per_forward"] == (8 + 4) / 16
    assert found["cost_per_retained"] == {"steps": 16.0, "ms": 40.0}
    assert found["latency_ms"] == {"p50": 10.0, "p95": 10.0}


def test_nothing_right_costs_no_number():
    """Guards a division by zero where a model is never right."""
    found = figures([answered("c")], [(1, 3)])
    assert found["cost_per_retained"] == {"steps": None, "ms": None}
    assert found["rightly_quiet"] is None
    assert figures([], [])["exact_match"] == {"share": None, "ci95": None, "n": 0}


def test_shares_have_an_interval():
    found = share([True] * 10 + [False] * 90)
    assert found["share"] == 0.1
    low, high = found["ci95"]
    assert 0.04 < low < 0.1 < high < 0.18


def test_the_calibration_is_of_what_is_shown():
    """Guards bins that lose the surest answers, and quiet ones that count as wrong."""
    sure = [answered("b = 2", confidence=1.0)] * 3 + [answered("c", confidence=1.0)]
    found = calibration([*sure, answered("", confidence=0.1)])
    assert [row["n"] for row in found["bins"]] == [0] * 9 + [4]
    assert found["bins"][-1]["exact_match"] == 0.75
    assert found["error"] == pytest.approx(0.25)
    assert calibration([])["error"] is None


@pytest.mark.parametrize(
    ("text", "expected", "same"),
    [
        ("a", "a", True),
        ("a  \n", "a", True),
        ("a\n  b ", "a\n  b", True),
        (" a", "a", False),
        ("a\nb", "a\n  b", False),
        ("", "a", False),
    ],
)
def test_white_space_counts_but_at_line_ends(text, expected, same):
    assert is_same(text, expected) == same


def test_a_hole_of_one_line_is_filled_with_one():
    assert one_hole(hole(4, 5), "1\nb = 2") == "1"
    assert one_hole(hole(4, 5, "body"), "1\nb = 2") == "1\nb = 2"


def test_code_is_valid_that_adds_no_error():
    """Guards documents that were broken before, in which nothing would be valid."""
    whole, broken = hole(4, 5), hole(4, 5, text="a = 1\ndef f(:\n")
    for each in (whole, broken):
        assert is_valid(each, "g(1)")
        assert not is_valid(each, "g((1)")


def test_what_copies_say():
    """Guards copies of the cursor's own line, which would be the answer."""
    last = hole(len(TEXT) - 4, len(TEXT) - 1, text=TEXT)  # b |= 3
    assert TEXT[last.start : last.end] == "= 3"
    assert copy(last) == "= 2"
    assert copy_alike(last) == "= 2"
    assert repeat(hole(22, 23)) == ""
    assert repeat(hole(18, 23, "line")) == "a = 1"
    alone = hole(4, 5, text="a = 1\n")
    assert copy(alone) == copy_alike(alone) == repeat(alone) == ""
