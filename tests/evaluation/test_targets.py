"""What a scorecard says of its targets, found by hand."""

import pytest

from diffgem_engine.evaluation.scorecard import Scorecard
from diffgem_engine.evaluation.targets import Target, targets


def kind(right, valid):
    return {
        "exact_match": {"share": right}, "shown": 0.7, "syntax_valid": {"before_filters": valid},
        "length_error": {"ratio": 0.4}, "tokens_per_forward": 1.25, "steps": 6.5,
    }  # fmt: skip


def card(kinds=None, baselines=None, by_steps=None, kept=None, **ratios):
    holes = {
        "model": kind(0.1, 0.8), "kinds": kinds or {}, "baselines": baselines or {},
        "ratios": ratios,
    }  # fmt: skip
    return Scorecard({}, holes, by_steps or {}, kept)


def verdicts(made):
    return {target.name: target.verdict for target in targets(made)}


@pytest.mark.parametrize(
    ("found", "limit", "verdict"),
    [
        (None, "why", "-"),
        (0.5, "why", "reached"),
        (0.44, "", "missed by 0.06"),
        (0.0, "why", "missed by 0.50: why"),
    ],
)
def test_a_verdict(found, limit, verdict):
    assert Target("t", 0.5, found, limit).verdict == verdict


def test_what_is_missed_is_said_with_what_limits_it():
    kinds = {"line": kind(0.04, 0.9), "rest": kind(0.15, 0.7), "body": kind(0.0, 0.5)}
    baselines = {
        "oracle_length": {"kinds": {"line": {"share": 0.06}}},
        "autoregressive": {"syntax_valid": 0.78},
    }
    said = verdicts(card(kinds, baselines, adaptive_of_oracle_length=0.5, kept=0.75))
    assert said["whole lines exactly right"] == (
        "missed by 0.01: told the right length, the canvas alone has 0.06"
    )
    assert said["rests of a line exactly right"] == "reached"
    assert said["parses, before the filters"] == (
        "missed by 0.05: body 0.50, rest 0.70, left to right on the same weights 0.78"
    )
    assert said["adaptive length, of the oracle length's exact match"] == (
        "missed by 0.35: what is written has 0.40 of the right one's tokens"
    )
    assert said["four steps, of sixteen's, the canvas alone"] == (
        "missed by 0.20: sure of 1.2 tokens a step, 6.5 steps a hole"
    )


def test_what_was_not_measured_has_no_verdict():
    """Guards a run of few holes, or of a model that is never right."""
    said = verdicts(card(by_steps={"4": {"exact_match": 0.0}, "16": {"exact_match": 0.0}}))
    assert {name for name, verdict in said.items() if verdict != "-"} == {
        "shown", "parses, before the filters",
    }  # fmt: skip


def test_four_steps_are_compared_with_sixteen():
    by_steps = {"4": {"exact_match": 0.19}, "16": {"exact_match": 0.2}}
    [found] = [t.found for t in targets(card(by_steps=by_steps)) if t.name.endswith("exact match")
               and t.name.startswith("four")]  # fmt: skip
    assert found == pytest.approx(0.95)
