"""When an upstream is let in, without any."""

import pytest

from diffgem_engine.backends.openai.breaker import (
    FAILURES,
    FIRST_REST_S,
    LONGEST_RELAPSE_S,
    LONGEST_REST_S,
    Breaker,
)


@pytest.fixture
def breaker():
    now = [0.0]
    found = Breaker(clock=lambda: now[0])
    for _ in range(FAILURES):
        assert found.lets_in
        found.failed()
    return found


def test_several_failures_in_a_row_open_it(breaker):
    assert not breaker.lets_in
    assert breaker.rest_s == FIRST_REST_S


def test_an_answer_between_them_does_not_count():
    breaker = Breaker()
    for _ in range(4 * FAILURES):
        breaker.failed()
        breaker.succeeded()
    assert breaker.lets_in


def test_one_that_is_away_is_looked_at_soon(breaker):
    """Service is to be back soon after a restart, however long it took."""
    for _ in range(9):
        breaker.look()
        assert not breaker.lets_in
        breaker.failed()
    assert breaker.rest_s == LONGEST_REST_S


def test_one_that_only_seems_well_rests_longer_and_longer(breaker):
    """Three requests were spent on it every quarter of a second."""
    for _ in range(9):
        breaker.look()
        breaker.seems_well()
        assert breaker.lets_in
        assert breaker.failed()
        assert not breaker.lets_in
    assert breaker.rest_s == LONGEST_RELAPSE_S


def test_one_that_is_killed_again_and_again_is_looked_at_soon(breaker):
    """It rested for eight seconds as if it had only seemed well."""
    for _ in range(9):
        breaker.look()
        breaker.seems_well()
        assert breaker.failed(away=True)
    assert breaker.rest_s == LONGEST_REST_S


def test_once_it_answers_all_is_forgotten(breaker):
    breaker.look()
    breaker.seems_well()
    breaker.succeeded()
    assert not breaker.failed()
    assert breaker.lets_in
