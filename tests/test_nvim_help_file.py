"""The Neovim plugin's help file has the server's options and the plugin's own."""

import re

import pytest
from script_files import ROOT, script

LUA = ROOT / "editors" / "nvim" / "lua" / "diffgem"


@pytest.fixture(scope="module")
def vimdoc():
    return script("settings", "vimdoc.py")


@pytest.fixture(scope="module")
def text(vimdoc):
    return vimdoc.HELP.read_text(encoding="utf-8")


def test_the_options_are_up_to_date(vimdoc, text):
    """If not: scripts/settings/vimdoc.py."""
    assert vimdoc.written(text) == text


def test_the_tags_are_up_to_date(vimdoc, text):
    """If not: scripts/settings/vimdoc.py."""
    assert vimdoc.TAGS.read_text(encoding="utf-8") == vimdoc.tags(text)


def test_an_option_that_has_no_default_says_what_stands_for_it(vimdoc):
    option = {
        "type": ["integer", "null"],
        "minimum": 1,
        "maximum": 8,
        "default": None,
        "unset": "by the weather",
        "description": "how many",
    }
    head, kind, meaning = vimdoc.entry("howMany", option).strip().split("\n")
    assert head.startswith("howMany ")
    assert head.endswith(" *diffgem-howMany*")
    assert kind.strip() == "Whole number, 1 to 8, default by the weather."
    assert meaning.strip() == "How many."


def test_a_file_without_the_section_is_not_written_over(vimdoc):
    with pytest.raises(ValueError, match="lacks the tag"):
        vimdoc.written("a help file\n")


def test_the_plugins_keys_are_those_of_the_help(text):
    """Their names and what they are by default, in one table."""
    config = (LUA / "config.lua").read_text(encoding="utf-8")
    table = re.search(r"keys = \{\n(.*?)\n    \}", config, re.DOTALL)[1]
    defaults = re.findall(r'(\w+) = "([^"]+)"', table)
    assert len(defaults) >= 9
    rows = dict(re.findall(r"^`(\w+)`\t+(\S+)\t", text, re.MULTILINE))
    assert {name: lhs.replace("\\\\", "\\") for name, lhs in defaults} == {
        name: rows.get(name) for name, _ in defaults
    }


def test_no_tag_is_there_twice(text):
    tags = re.findall(r"(?<!\S)\*([^*\s]+)\*(?!\S)", text)
    assert len(tags) == len(set(tags))
    assert {"diffgem", ":DiffGem", "diffgem-settings", "diffgem-engineSocket"} <= set(tags)


def test_no_line_is_wider_than_a_terminal(text):
    assert [line for line in text.splitlines() if len(line.expandtabs(8)) > 79] == []
