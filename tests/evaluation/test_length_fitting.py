"""The fit of the length bias: what is known to be in the looks is found in them."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffgem_engine.evaluation.lengths.fitting import (
    FOLDS,
    RIDGE,
    FirstLook,
    Fit,
    NothingToFit,
    fit_bias,
    fit_terms,
)

LENGTHS = (1, 2, 3, 5, 8, 12, 18, 27, 40, 64)


def curve(coefficients, length):
    return sum(c * math.log(length) ** (n + 1) for n, c in enumerate(coefficients))


def made_up(coefficients, count=400, gain=0.1, noise=0.05, seed=0):
    """Looks whose tops are too large by a known bias; `gain`: how much surer the right guess is.

    Any length is as likely to be right as any other.
    """
    draw, looks = random.Random(seed), []
    for _ in range(count):
        right, sure = draw.choice(LENGTHS), draw.uniform(0.2, 0.5)
        tops = {
            length: sure
            + gain * (length == right)
            + curve(coefficients, length)
            + draw.gauss(0, noise)
            for length in LENGTHS
        }
        looks.append(FirstLook(right, tops))
    return looks


@settings(max_examples=15, deadline=None)
@given(
    coefficients=st.lists(st.floats(-0.1, 0.1), min_size=1, max_size=3),
    seed=st.integers(0, 1000),
)
def test_a_known_bias_is_found(coefficients, seed):
    """Guards a sign, a scale that is left in, and lengths that change places."""
    fit = fit_terms(made_up(coefficients, seed=seed), len(coefficients))
    for length in LENGTHS:
        assert fit.bias(length) == pytest.approx(curve(coefficients, length), abs=0.05)
    assert fit.bias(1) == 0


def test_the_number_of_terms_is_what_other_cases_bear_out():
    """Guards a curve that follows the noise, and one that is too stiff."""
    assert len(fit_bias(made_up(()))[0].coefficients) <= 1
    fit, checked = fit_bias(made_up((0.05, -0.08)))
    assert len(fit.coefficients) >= 2
    assert [each.terms for each in checked] == [0, 1, 2, 3]
    assert checked[2].nats < checked[0].nats
    assert checked[2].surest > checked[0].surest
    assert all(each.surest <= each.two_surest for each in checked)


def slow_loss(looks, fit):
    """The negative log likelihood, in plain words."""
    total = 0.0
    for look in looks:
        scores = {n: fit.scale * (top - fit.bias(n)) for n, top in look.tops.items()}
        total -= scores[look.right] - math.log(sum(map(math.exp, scores.values())))
    weights = (fit.scale, *fit.coefficients)
    return total / len(looks) + RIDGE * sum(weight**2 for weight in weights)


def test_no_other_weights_do_better():
    """Guards a search that ends before it is there."""
    looks = made_up((0.05, -0.08), count=60)
    fit = fit_terms(looks, 2)
    weights = (fit.scale, *fit.coefficients)
    for place in range(3):
        for change in (-0.05, 0.05):
            moved = [w + change * (n == place) for n, w in enumerate(weights)]
            assert slow_loss(looks, Fit(moved[0], tuple(moved[1:]))) > slow_loss(looks, fit)


def test_right_guesses_that_are_always_surest_have_a_finite_scale():
    fit, _ = fit_bias(made_up((), count=40, noise=0.0))
    assert 0 < fit.scale < math.inf


def test_a_right_guess_that_is_no_surer_is_refused():
    """Guards a bias that prefers what the decoder doubts."""
    with pytest.raises(NothingToFit, match="no surer than others"):
        fit_bias(made_up((), gain=-0.1))


def test_a_bias_that_is_needed_for_a_scale_is_taken():
    """Guards a refusal because longer middles are both likelier and less sure."""
    looks = [look for look in made_up((-0.2,), count=40, gain=0.02) if look.right >= 5]
    assert fit_terms(looks, 0).scale < 0
    fit, _ = fit_bias(looks)
    assert fit.scale > 0
    assert len(fit.coefficients) > 0


def test_too_few_cases_are_refused():
    """Guards folds without a case."""
    fit_bias(made_up((), count=2 * FOLDS))
    with pytest.raises(NothingToFit, match="too few"):
        fit_bias(made_up((), count=2 * FOLDS - 1))


def test_the_table_has_a_bias_for_every_length():
    fit = Fit(2.0, (0.5, -0.25))
    table = fit.table(40)
    assert [length for length, _ in table] == [*range(1, 41)]
    assert all(bias == pytest.approx(fit.bias(n), abs=1e-4) for n, bias in table)
    assert fit.bias(8) == pytest.approx((0.5 * math.log(8) - 0.25 * math.log(8) ** 2) / 2)
