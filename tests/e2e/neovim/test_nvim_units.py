"""The plugin's own arithmetic, in the real Neovims, with a server that says what it is told to."""

import pytest
from scripted_nvim import around, suggest, told

pytestmark = pytest.mark.editor

BODY = "if ☕ in 🍰:\n        return (1,\n            2)\n    return 3"


def test_line_by_line(typing):
    """What is left is drawn at once, from where the cursor is then."""
    assert suggest(typing, BODY)["text"] == BODY
    lines = BODY.split("\n")
    for count in range(1, len(lines)):
        typing.keys("<M-C-Right>")
        assert typing.text == around("\n".join(lines[:count]))
        assert typing.ghost["text"] == "\n" + "\n".join(lines[count:])
        assert [typing.ghost["row"], typing.ghost["col"]] == typing.cursor
    typing.keys("<M-C-Right>")
    assert typing.text == around(BODY)
    assert typing.ghost is None


def test_the_server_hears_of_each_part(typing):
    """In units of UTF-16, from the start of the text; of the last by the item's command."""
    suggest(typing, BODY)
    typing.keys("<M-C-Right>")
    first = BODY.partition("\n")[0]
    assert told(typing) == [len(first.encode("utf-16-le")) // 2]
    typing.keys("<Tab>")
    assert typing.text == around(BODY)
    assert told(typing)[1:] == [BODY]


def test_an_end_of_line_is_typed_through(typing):
    """With the indent that Neovim adds to it."""
    suggest(typing, "a = 1\n    b = 2")
    typing.type("a = 1\n")
    assert typing.text == around("a = 1\n    ")
    assert typing.ghost["text"] == "b = 2"
    typing.keys("<Tab>")
    assert typing.text == around("a = 1\n    b = 2")


def test_those_that_fit_stay(typing):
    """The first of two alternatives is departed from: the other one is what is typed."""
    suggest(typing, "one", "other")
    typing.type("ot")
    assert typing.ghost["text"] == "her"
    typing.keys("<Tab>")
    assert typing.text == around("other")
    assert told(typing) == ["other"]


def test_back_before_its_start_it_goes(typing):
    suggest(typing, "one")
    typing.keys("<BS>")
    assert typing.ghost is None


def test_text_with_carriage_returns(typing):
    """As the server has it for a file of DOS."""
    typing.command("set fileformat=dos")
    suggest(typing, "a = 1\r\n    b = 2")
    assert typing.ghost["text"] == "a = 1\n    b = 2"
    typing.keys("<Tab>")
    assert "\r" not in "".join(typing.api.current.buffer[:])
    assert typing.api.current.buffer[2:4] == ["    a = 1", "    b = 2"]


@pytest.mark.parametrize(
    ("rest", "word"),
    [
        ("return value", "return"),
        (" value + 1", " value"),
        ("(value)", "("),
        ("naïve_café + 1", "naïve_café"),
        ("::map(", "::"),
        ("\n    return", "\n    return"),
        ("  ", "  "),
    ],
)
def test_a_word(scripted, rest, word):
    assert scripted.lua("return require('diffgem.inline.parts').word(...)", rest) == word


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("discount", "discount_rate", (8, "", "_rate")),
        ("f(a, b)", "f(a)", (3, ", b", "")),
        ("aa", "aaa", (2, "", "a")),
        ("é", "è", (0, "é", "è")),  # they share their first byte
        ("a☕b", "a🍰b", (1, "☕", "🍰")),
        ("same", "same", (4, "", "")),
    ],
)
def test_what_of_an_edit_is_new(scripted, old, new, expected):
    found = scripted.lua("return require('diffgem.next_edit.difference').between(...)", old, new)
    assert (found["head"], found["old"], found["new"]) == expected


def test_an_edit_whose_last_lines_are_deleted(typing):
    """It raised an error: its mark is behind the end.  An undo brings the lines back, and it."""
    made = """
      local offers = require('diffgem.next_edit.offer')
      local range = { start = { line = 2, character = 0 }, ["end"] = { line = 3, character = 4 } }
      OFFER = offers.of(0, { range = range, text = 'pass' }, 'utf-16')
    """
    typing.lua(made)
    standing = "#require('diffgem.next_edit.offer').standing(0, { OFFER })"
    typing.keys("<Esc>")
    assert typing.lua(f"return {standing}") == 1
    for keys in ("Gdd", "3GdG"):
        typing.keys(keys)
        assert typing.lua(f"return {standing}") == 0
        typing.keys("u")
        assert typing.lua(f"return {standing}") == 1


def test_an_edit_that_moves_and_one_that_is_typed_over(typing):
    """Offers are held by the text they replace."""
    made = """
      local offers = require('diffgem.next_edit.offer')
      local function at(line, from, to, text)
        local range = { start = { line = line, character = from }, ["end"] = { line = line } }
        range["end"].character = to
        return offers.of(0, { range = range, text = text }, 'utf-16')
      end
      OFFERS = { at(3, 4, 8, 'over'), at(0, 4, 8, 'pie') }
      vim.api.nvim_buf_set_lines(0, 1, 1, false, { '    pass' })
      local function texts()
        return vim.tbl_map(function(each) return each.text end, offers.standing(0, OFFERS))
      end
      local before = texts()
      vim.api.nvim_buf_set_text(0, 0, 5, 0, 6, { 'o' })
      local applied = offers.apply(0, OFFERS[1])
      return { before, texts(), applied, vim.api.nvim_buf_get_lines(0, 0, -1, false) }
    """
    before, after, applied, lines = typing.lua(made)
    assert before == ["pie", "over"]  # from top to bottom
    assert after == []
    assert applied
    assert lines == ["def coke():", "    pass", "    # ☕", "    ", "    over()"]
