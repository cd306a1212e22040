"""Which snippets a prompt has room for, and how they stand in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffgem_lsp.prompt.preamble import render
from diffgem_lsp.prompt.snippets import DECLARATIONS, LEAST, NOTHING, Snippet, choose, plain

SNIPPETS = st.lists(
    st.builds(
        Snippet,
        st.just(DECLARATIONS),
        st.sampled_from(["a.py", "b.py"]),
        st.text("ab \n", max_size=20),
        st.floats(0, 1),
        st.just("a reason"),
        st.booleans(),
    ),
    max_size=12,
)


def snippet(text, score=1.0, file="a.py", prose=False):
    return Snippet(DECLARATIONS, file, text, score, "a reason", prose)


def python(some):
    return render(some, "python")


@given(SNIPPETS, st.integers(0, 120), st.text("ab \n", max_size=30))
def test_what_is_chosen(snippets, budget, seen):
    """Within the budget, each said once, the best last; and each one left out has its reason."""
    choice = choose(snippets, budget, seen, python)
    assert len(python(choice.kept)) <= budget
    scores = [each.score for each in choice.kept]
    assert scores == sorted(scores)
    assert not any(each.text in seen or plain(each.text) in plain(seen) for each in choice.kept)
    assert len(choice.kept) + len(choice.left_out) == len(snippets)
    assert all(score >= LEAST for score in scores)
    texts = [each.text for each in choice.kept]
    assert len(texts) == len(set(texts))
    for left in choice.left_out:
        better = [each for each in choice.kept if each.score >= left.snippet.score]
        reasons = {
            "it is empty": not left.snippet.text.strip(),
            "it is unlikely to matter": left.snippet.score < LEAST,
            "it is in the text around the cursor": plain(left.snippet.text) in plain(seen),
            "a better one has it": any(left.snippet.text in each.text for each in better),
        }
        assert reasons.get(left.why, left.why.startswith("no room"))


@given(SNIPPETS, st.integers(0, 120))
def test_none_that_fits_is_left_out(snippets, budget):
    """One long snippet kept all shorter ones out."""
    choice = choose(snippets, budget, "", python)
    for left in choice.left_out:
        if left.why.startswith("no room"):
            better = [each for each in choice.kept if each.score >= left.snippet.score]
            assert len(python([left.snippet, *better])) > budget


def test_a_declaration_of_several_lines_is_seen():
    """The function that the cursor was in stood above it once more, in one line."""
    seen = "def f(\n    value: int,\n) -> float:\n    return "
    (left,) = choose([snippet("def f( value: int, ) -> float:")], 100, seen, python).left_out
    assert left.why == "it is in the text around the cursor"


def test_no_budget_no_preamble():
    assert choose([], 0, "", python) == NOTHING
    assert python([]) == ""


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("python", "# a.py\nx\n# why\n\n# b.py\ny\n\n"),
        ("shellscript", "# a.py\nx\n# why\n\n# b.py\ny\n\n"),
        ("lua", "-- a.py\nx\n-- why\n\n-- b.py\ny\n\n"),
        ("css", "/* a.py */\nx\n/* why */\n\n/* b.py */\ny\n\n"),
        ("html", "<!-- a.py -->\nx\n<!-- why -->\n\n<!-- b.py -->\ny\n\n"),
        ("rust", "// a.py\nx\n// why\n\n// b.py\ny\n\n"),
        ("plaintext", "// a.py\nx\n// why\n\n// b.py\ny\n\n"),
    ],
)
def test_each_files_snippets_stand_under_its_name(language, expected):
    """A name that is no comment is code that does not parse."""
    some = [snippet("x"), snippet("why", prose=True), snippet("y", file="b.py")]
    assert render(some, language) == expected
