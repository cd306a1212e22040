"""Alternatives, whoever draws them: Neovim or the plugin."""

import pytest
from scripted_nvim import SCRIPTED, around, suggest, told

pytestmark = pytest.mark.editor

INVOKED = 1


def turned(nvim, key):
    nvim.keys(key)
    ghost = nvim.ghost
    return ghost["text"], ghost["count_note"]


def test_they_go_round_both_ways(typing):
    assert suggest(typing, "one", "two", "three")["text"] == "one"
    found = [turned(typing, key) for key in ("<M-]>", "<M-]>", "<M-]>", "<M-[>", "<M-[>")]
    expected = [("two", 2), ("three", 3), ("one", 1), ("three", 3), ("two", 2)]
    assert found == [(text, [index, 3]) for text, index in expected]
    typing.keys("<Tab>")
    assert typing.text == around("two")
    assert told(typing) == ["two"]


@pytest.mark.parametrize(("key", "text"), [("<M-]>", "two"), ("<M-[>", "three")])
def test_of_one_alone_more_are_asked_for(typing, key, text):
    """By hand, and what comes is gone on with: pressed once, the key did nothing to be seen."""
    suggest(typing, "one")
    typing.lua(f"local s = {SCRIPTED}; s.kinds, s.said = {{}}, {{ 'one', 'two', 'three' }}")
    typing.keys(key)
    typing.until(lambda: (typing.ghost or {}).get("text") == text, text)
    assert typing.lua(f"return {SCRIPTED}.kinds") == [INVOKED]


def test_what_is_dismissed_comes_back_when_asked_for(typing):
    suggest(typing, "one", "two")
    typing.keys("<C-]>")
    assert typing.ghost is None
    assert suggest(typing, "three")["text"] == "three"


def test_what_is_dismissed_stays_away_until_something_is_typed(typing):
    suggest(typing, "one", "two")
    typing.keys("<C-]>")
    typing.keys("<Left>")
    typing.lua(f"{SCRIPTED}.said = {{ 'three' }}")
    typing.keys("<Right>")
    typing.lua("vim.wait(400, function() return require('seen').ghost() ~= nil end)")
    assert typing.ghost is None
    typing.lua(f"{SCRIPTED}.said = {{ 'three' }}")
    typing.type("x")
    assert typing.until(lambda: typing.ghost, "ghost text")["text"] == "three"
