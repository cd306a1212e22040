"""What is logged of an upstream that comes and goes."""

import pytest

from diffgem_engine.backends.openai.news import BACK, CALM_S, MOST, News


@pytest.fixture
def hour():
    return [0.0]


@pytest.fixture
def news(hour):
    return News(clock=lambda: hour[0])


def test_a_fault_is_said_once_however_long_it_lasts(news, hour):
    said = 0
    for hour[0] in range(0, 3600, 10):
        said += news.is_new("is away") + news.is_new("is busy")
    assert said == 2


def test_its_end_is_said_and_then_it_is_news_again(news, hour):
    assert news.is_new("is away")
    assert news.is_new(BACK)
    hour[0] += 2 * CALM_S
    assert news.is_new("is away")
    assert news.is_new(BACK)


def test_one_that_comes_and_goes_fills_no_log(news, hour):
    said = 0
    for hour[0] in range(600):
        said += news.is_new("is away") + news.is_new(BACK)
    assert said <= 2 * 600 / CALM_S


def test_the_last_line_is_soon_what_is_so(news, hour):
    """It said that all was well again, and it had been away for days."""
    assert news.is_new("is away")
    assert news.is_new(BACK)
    assert not news.is_new("is away")
    hour[0] += 2 * CALM_S
    assert news.is_new("is away")


def test_nothing_is_over_that_was_not_said(news):
    assert not news.is_new(BACK)


def test_what_was_wrong_long_ago_takes_no_room(news, hour):
    """After sixteen different faults in a month none was logged any more."""
    for number in range(3 * MOST):
        hour[0] += 2 * CALM_S
        assert news.is_new(f"says {number}")
        assert news.is_new(BACK)


def test_there_is_an_end_to_what_may_be_wrong(news):
    assert sum(news.is_new(f"says {number}") for number in range(999)) == MOST
