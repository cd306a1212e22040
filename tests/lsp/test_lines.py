import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffgem_lsp.text.lines import Lines

END = re.compile(r"\r\n|\r|\n")
texts = st.text(alphabet="ab\r\n\f\u2028", max_size=20)


def ends(text):
    return [each.end() for each in END.finditer(text)]


@given(text=texts, new=texts, data=st.data())
def test_where_lines_start(text, new, data):
    """Guards a CRLF that an edit makes, or tears in two, and a lone CR that is not known of."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    lines = Lines.of(text)
    assert list(lines.starts) == [0, *ends(text)]
    assert lines.lone_cr == bool(re.search(r"\r(?!\n)", text))
    then = lines.replaced(start, end, new)
    assert list(then.starts) == [0, *ends(then.text)]
    assert then.lone_cr or not re.search(r"\r(?!\n)", then.text)


def test_a_key_at_the_end_of_a_line_is_no_lone_cr():
    """Guards a slow count of rows ever after, for half of a CRLF that was looked at."""
    for at in (0, 1, 2, 4, 5, 6):
        assert not Lines.of("ab\r\ncd").replaced(at, at, "x").lone_cr
    assert Lines.of("ab\r\ncd").replaced(3, 3, "x").lone_cr


@pytest.mark.parametrize("text", ["a" * 3_000_000, "\n" + "a" * 3_000_000, "\r" * 1_000_000])
def test_no_text_takes_for_ever(text):
    """Guards a pattern that tries a line without an end from each of its places: hours here."""
    assert Lines.of(text).count == len(ends(text)) + 1
    assert Lines.of("ab").replaced(1, 1, text).count == len(ends(text)) + 1
