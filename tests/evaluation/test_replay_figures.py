"""What a suggestion was worth: right, partly right, wrong."""

import pytest

from diffgem_engine.evaluation.replay.judging import Judged, judge
from diffgem_engine.evaluation.replay.tally import Shown, Tally


@pytest.mark.parametrize(
    ("text", "wanted", "right", "begun"),
    [
        ("foo(a)", "foo(a)\n", True, 6),
        ("foo", "foo.bar", True, 3),
        ("foo", "foobar", False, 0),
        ("foo(b)", "foo(a)", False, 4),
        ("a + bc", "a + bd", False, 4),
        ("foo(a)\n    b", "foo(a)\n    c", False, 11),
        ("x", "", False, 0),
        ("  x", "  y", False, 0),
        ("", "a", False, 0),
        ("ab", "b", False, 0),
    ],
)
def test_a_suggestion_is_right_to_its_end_or_so_far(text, wanted, right, begun):
    """Half a word that counts as a gain, or a suggestion refused for being short."""
    assert judge(text, wanted) == Judged(text, right, begun)


def test_figures_of_a_tally():
    """Shares of nothing, and what Tab itself costs."""
    empty = Tally().figures()
    assert empty["accepted_share"] is empty["saved_share"] is empty["latency_ms"]["p50"] is None
    shown = [Shown(judge("abcde", "abcde"), True), Shown(judge("ab", "ab"), False)]
    shown += [Shown(judge("a b", "a c")), Shown(judge("x", "y"))]
    found = Tally(characters=20, shown=shown, ms=[1.0, 2.0, 30.0]).figures()
    assert (found["shown"], found["accepted"], found["partly"], found["wrong"]) == (4, 2, 1, 1)
    assert (found["accepted_characters"], found["begun_characters"]) == (7, 2)
    assert found["saved_share"] == 5 / 20
    assert found["retained_share"] == 0.5
    assert found["latency_ms"] == {"p50": 2.0, "p95": 30.0}
