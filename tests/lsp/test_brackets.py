import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffgem_lsp.text import brackets
from diffgem_lsp.text.brackets import left_open, unmatched_closer

PLAIN = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\\n])*`|[\[\](){}]")
texts = st.text(alphabet="\"'`\\\n(){}[]ab\r", max_size=40)


def found(text):
    """Slowly: every quote is tried."""
    return [(each.start(), each[0]) for each in PLAIN.finditer(text) if len(each[0]) == 1]


@given(texts)
def test_they_are_those_outside_of_strings(text):
    """Guards a quote that is passed over though it has a partner, on its line or the next."""
    assert list(brackets._brackets(text)) == found(text)


@pytest.mark.parametrize("text", [r"\'" * 400_000, r"'\'\"\`" * 200_000, "'\n" * 200_000])
def test_no_quote_is_tried_for_ever(text):
    """Each that had no partner was tried to the end of the line: hours here."""
    assert left_open(f"({text}\n[") == "(["
    assert unmatched_closer(f"{text}\n]") == len(text) + 1
