"""Which path fills a hole, and what happens where its text will not do."""

import pytest
from attrs import evolve
from fakes import FakeBackend
from hypothesis import given
from hypothesis import strategies as st
from routes import ByPath, FakeSecond, answer, hole

from diffgem_engine.protocol import Hole, Pinned
from diffgem_engine.router.backend import RoutedBackend
from diffgem_engine.router.judging import fault

FINE = {"diffusion": "denoised", "autoregressive": "written"}


@pytest.mark.parametrize(
    ("request_", "second", "route"),
    [
        (hole(), None, "diffusion: usual"),
        (hole(path="autoregressive"), None, "autoregressive: asked"),
        (hole(slots=8), None, "autoregressive: tiny"),
        (hole(slots=8, suffix=")"), None, "diffusion: usual"),
        (hole(slots=8, seeds=2), None, "diffusion: several seeds"),
        (hole(slots=400, task="action"), None, "diffusion: usual"),
        (hole(slots=400, task="action"), FakeSecond("other"), "second: long action"),
        (hole(slots=400), FakeSecond("other"), "diffusion: usual"),
    ],
)
def test_the_first_rule_that_applies_decides(request_, second, route):
    """Each row of the table, and a request beside it that the row is not for."""
    backend = RoutedBackend(ByPath(FINE), second)
    assert answer(backend, request_).route == route


def test_several_parts_are_denoised():
    """The autoregressive path refused them, and so did the router with it."""
    request = evolve(hole(), canvas=(Hole(4), Pinned("x"), Hole(4)))
    inner = FakeBackend()
    assert answer(RoutedBackend(inner), request).route == "diffusion: several parts"


def test_a_hole_that_cannot_be_denoised_in_time_is_written():
    """The deadline cut the canvas off, where the other path would have been done."""
    inner = ByPath(FINE, {"diffusion": 0.5, "autoregressive": 0.1})
    backend = RoutedBackend(inner, clock=lambda: inner.now)
    in_a_hurry = hole(deadline_ms=200.0)
    assert answer(backend, in_a_hurry).route == "diffusion: usual"  # nothing is known yet
    for _ in range(3):
        answer(backend, hole())
        answer(backend, hole(path="autoregressive"))
    assert answer(backend, in_a_hurry).route == "autoregressive: short of time"
    assert answer(backend, hole(deadline_ms=600.0)).route == "diffusion: usual"


@pytest.mark.parametrize(
    ("text", "suffix", "found"),
    [
        (" \n", "", "empty"),
        ("a\ufffd", "", "broken characters"),
        ("a" * 641, "", "over length"),
        ("a, total)", ", total)\n", "repeats the suffix"),
        ("a\n  return total", "\n\n    return total\n", "repeats the suffix"),
    ],
)
def test_a_text_that_will_not_do_has_the_next_path_try_once(text, suffix, found):
    """What could be told from the text alone went to the editor."""
    inner = ByPath({"diffusion": text, "autoregressive": "written"})
    result = answer(RoutedBackend(inner), hole(suffix=suffix))
    assert result.candidates[0].texts == ("written",)
    assert result.route == f"autoregressive: after diffusion, {found}"
    assert len(inner.asked) == 2


def test_the_first_text_stays_where_the_other_is_no_better():
    """Tries went on, path after path."""
    inner = ByPath({"diffusion": "", "autoregressive": ""})
    result = answer(RoutedBackend(inner, FakeSecond("other")), hole())
    assert (result.route, len(inner.asked)) == ("diffusion: empty", 2)
    assert result.candidates[0].origin == "denoised"


def test_the_second_path_has_what_is_left_of_the_time():
    """Each path had the whole of it, and the answer came after the deadline."""
    inner = ByPath({"diffusion": "", "autoregressive": "written"}, {"diffusion": 0.1})
    backend = RoutedBackend(inner, clock=lambda: inner.now)
    assert answer(backend, hole(deadline_ms=150.0)).candidates[0].texts == ("written",)
    assert inner.asked[1].deadline_ms == pytest.approx(50.0)
    assert answer(backend, hole(deadline_ms=110.0)).route == "diffusion: usual"
    assert len(inner.asked) == 3


def test_a_second_model_that_is_away_has_the_hole_denoised():
    """Where it did not answer nobody did."""
    backend = RoutedBackend(ByPath(FINE), FakeSecond(None))
    result = answer(backend, hole(slots=400, task="action"))
    assert result.candidates[0].texts == ("denoised",)


def test_a_second_models_text_stands_behind_what_the_hole_starts_with():
    """It was asked without it, and its text was put beside it twice."""
    second = FakeSecond("ther")
    request = hole(slots=400, starts_with="o", task="action", deadline_ms=2000.0, trace="t")
    result = answer(RoutedBackend(ByPath(FINE), second), request)
    assert second.asked == [("x = o", "", 400, 2.0, "t")]
    assert result.candidates[0].texts == ("other",)


def test_a_long_hole_that_is_watched_is_not_filled_twice():
    """What had been streamed of it was another text's beginning."""
    inner = ByPath({"diffusion": ""})
    request = hole(slots=400, progress=True)
    assert answer(RoutedBackend(inner, FakeSecond("x")), request).route == "diffusion: usual"


@given(st.text(max_size=80), st.text(max_size=80), st.integers(1, 8))
def test_a_fault_is_one_of_a_few(text, suffix, slots):
    """They are labels of a metric."""
    known = ("", "empty", "broken characters", "over length", "repeats the suffix")
    assert fault(text, suffix, slots) in known
