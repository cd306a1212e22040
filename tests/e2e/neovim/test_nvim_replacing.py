"""Suggestions that stand for text behind the cursor too, and that are accepted in parts."""

import pytest
from scripted_nvim import around, suggest, told

pytestmark = pytest.mark.editor

HEAD = "☕🍰 = naïve("


@pytest.fixture
def inside(typing):
    """Between brackets, behind characters that are of other lengths in UTF-8 and UTF-16."""
    typing.type(HEAD + ")")
    typing.keys("<Left>")
    return typing


@pytest.mark.parametrize(
    "said", [{"text": "🍰, é)", "after": 1}, {"text": "naïve(🍰, é)", "before": 6, "after": 1}]
)
@pytest.mark.parametrize("parts", [[], ["🍰"], ["🍰", ","], ["🍰", ",", " é"]])
def test_a_word_and_then_the_rest(inside, said, parts):
    """On 0.12 what it stands for stayed once a word was taken: a second `)`."""
    suggest(inside, said)
    taken = ""
    for part in parts:
        inside.keys("<M-Right>")
        taken += part
        assert inside.text == around(f"{HEAD}{taken})")
    inside.keys("<Tab>")
    assert inside.text == around(HEAD + "🍰, é)")
    assert told(inside)[-1] == said["text"]
    inside.keys("<Esc>u")
    assert inside.text == around(f"{HEAD}{taken})")


def test_a_line_and_then_the_rest(inside):
    suggest(inside, {"text": "🍰,\n        é)", "after": 1})
    inside.keys("<M-C-Right>")
    assert inside.text == around(HEAD + "🍰,)")
    inside.keys("<M-C-Right>")
    assert inside.text == around(HEAD + "🍰,\n        é)")


def test_typed_through_and_then_accepted(inside):
    suggest(inside, {"text": "🍰, é)", "after": 1})
    inside.type("🍰,")
    inside.keys("<Tab>")
    assert inside.text == around(HEAD + "🍰, é)")
