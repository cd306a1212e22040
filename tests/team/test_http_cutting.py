"""Where a text ends before its end, and what of it is certain before it is whole."""

from hypothesis import example, given
from hypothesis import strategies as st

from diffgem_engine.http.cutting import Cut, certain, cut


def test_the_first_stop_sequence_ends_a_text():
    """The first of the list was looked for first, wherever it stood."""
    assert cut("a\n\nb;c", (";", "\n\n")) == Cut("a", "\n\n", True)
    assert cut("a", ()) == Cut("a")


def test_a_line_with_less_indent_ends_a_text():
    """A function's body went on with the next function."""
    text = "1\n\n    return x\n\ndef g():\n    pass"
    assert cut(text, (), 4) == Cut("1\n\n    return x", "", True)
    assert cut(text, (), 0) == Cut(text)


@example("aba", ["b", "aba"], 0, 2)  # what ends it has begun before another that is there
@given(
    st.text(alphabet="ab \n", max_size=30),
    st.lists(st.text(alphabet="ab\n", min_size=1, max_size=3), max_size=2),
    st.integers(0, 3),
    st.integers(0, 30),
)
def test_what_is_certain_is_never_taken_back(text, stop, indent, seen):
    """A stream told the beginning of a stop sequence, and the text ended before it."""
    assert cut(text, stop, indent).text.startswith(certain(text[:seen], stop, indent))
