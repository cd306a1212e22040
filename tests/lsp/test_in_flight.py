"""What is in flight, and how many of others go before it."""

from diffgem_lsp.engine.in_flight import InFlight


def test_the_first_of_several_counts():
    """Three ahead of you, while one's own hole was being filled."""
    active, ahead = [], []
    flights = InFlight(active.append, ahead.append)
    with flights.one() as first:
        first(3)
        with flights.one() as second:
            second(5)
        first(0)
    assert active == [1, 2, 1, 0]
    assert ahead == [3, 0]


def test_late_news_of_one_that_has_ended():
    """Two ahead of you, for ever, and nothing was asked."""
    ahead = []
    flights = InFlight(lambda count: None, ahead.append)
    with flights.one() as first:
        first(2)
    first(1)
    assert ahead == [2, 0]
