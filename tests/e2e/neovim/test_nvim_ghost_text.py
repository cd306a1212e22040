"""Ghost text in the real Neovims; what the model says is taken as it comes."""

import pytest
import scenes

pytestmark = pytest.mark.editor

ASKED = """local params = vim.lsp.util.make_position_params(0, "utf-8")
return vim.tbl_extend("force", params, { context = { triggerKind = 2 } })"""


@pytest.fixture
def shown(nvim):
    """The scene with ghost text: what stands before it, it, and what stands behind."""
    before, after = nvim.play(scenes.GHOST)
    text = nvim.suggestion()
    assert nvim.text == before + after  # drawn, and not in the buffer
    return before, text, after


def accepted(nvim, key, before, after):
    """What the key has put in, and nothing else; the server has it too."""
    old = nvim.text
    nvim.keys(key)
    nvim.until(lambda: nvim.text != old, "what was accepted")
    now, rest = nvim.around()
    assert (now[: len(before)], rest) == (before, after)
    assert nvim.seen("served") == nvim.text
    return now[len(before) :]


def test_all_of_it(nvim, shown):
    before, text, after = shown
    assert accepted(nvim, "<Tab>", before, after) == text


def test_one_undo_takes_it_back(nvim, shown):
    before, _, after = shown
    accepted(nvim, "<Tab>", before, after)
    nvim.keys("<Esc>u")
    assert nvim.text == before + after


def test_words_and_then_the_rest(nvim, shown):
    """Complaint 5: a part could not be had alone."""
    before, text, after = shown
    word = accepted(nvim, "<M-Right>", before, after)
    assert 0 < len(word) < len(text)
    assert text.startswith(word)
    assert word.split() == text.split()[:1]
    assert nvim.suggestion() == text[len(word) :]
    assert accepted(nvim, "<Tab>", before, after) == text


def test_a_line(nvim, shown):
    before, text, after = shown
    assert accepted(nvim, "<M-C-Right>", before, after) == text.partition("\n")[0]


def test_typing_through_it_keeps_it(nvim, shown):
    """Movement is complaint 1: ghost text flickered at every key."""
    before, text, after = shown
    first = text.partition("\n")[0]
    row, whole = nvim.cursor[0], before.rpartition("\n")[2] + first
    nvim.screens()
    for char in first[:-1]:
        nvim.type(char)
    seen = nvim.screens()
    assert len(seen) >= len(first[:-1])  # each key was drawn
    for screen in seen:
        assert screen[row] == whole
    assert nvim.text == before + first[:-1] + after


def test_typing_something_else_takes_it_away(nvim, shown):
    """Text that no longer fits stayed on the screen, and was accepted in the wrong place."""
    before, text, after = shown
    nvim.type("§")
    ghost = nvim.ghost
    assert ghost is None or ghost["text"] != text
    assert nvim.text == before + "§" + after


@pytest.mark.parametrize("key", ["<Esc>", "<C-]>", "<Up>"])
def test_cancelling_leaves_the_text_alone(nvim, shown, key):
    before, text, after = shown
    nvim.keys(key)
    ghost = nvim.ghost
    assert ghost is None or ghost["text"] != text
    assert nvim.text == before + after
    assert nvim.seen("served") == nvim.text


def test_the_view_stays(nvim, shown):
    """Complaint 1: a suggestion scrolled the window, or moved the cursor."""
    before, _, after = shown
    nvim.keys("<C-]>")
    nvim.screens()
    nvim.lua("require('diffgem.inline').trigger()")
    assert nvim.suggestion()
    row = nvim.cursor[0]
    for screen in nvim.screens():
        assert screen[:row] == before.split("\n")[:-1]
    assert nvim.around() == (before, after)


def test_alternatives(nvim, shown):
    """Complaint 15: there were none.  Round once leads back to the first."""
    before, text, after = shown
    nvim.keys("<M-]>")
    counted = nvim.until(lambda: (nvim.ghost or {}).get("count_note"), "a count of alternatives")
    index, count = counted
    texts = [nvim.ghost["text"]]
    for _ in range(count - 1):
        nvim.keys("<M-]>")
        texts.append(nvim.ghost["text"])
    assert index in (1, 2)
    assert len(set(texts)) == count
    assert text in texts
    assert nvim.text == before + after
    chosen = nvim.ghost["text"]
    assert accepted(nvim, "<Tab>", before, after) == chosen


def test_it_goes_with_insert_mode_however_that_is_left(nvim, shown):
    """Ctrl-C, of which InsertLeave does not tell, left it on the screen of 0.12."""
    before, _, after = shown
    nvim.keys("<C-c>")
    assert nvim.mode == "n"
    assert nvim.ghost is None
    nvim.keys("a")
    assert nvim.ghost is None  # Neovim showed what it still had
    assert nvim.text == before + after


@pytest.mark.parametrize("switch", ["snooze 1", "disable"])
def test_it_goes_when_it_is_switched_off(nvim, shown, switch):
    """It stayed, and what was typed into it went on to be shown."""
    text = shown[1]
    nvim.command(f"DiffGem {switch}")  # as a mapping with <Cmd> does
    assert nvim.ghost is None
    nvim.type(text[:2])
    nvim.seen("ask", "textDocument/inlineCompletion", nvim.lua(ASKED))
    assert nvim.ghost is None
    nvim.keys("<Esc>")
    nvim.command("DiffGem snooze 0")
    nvim.command("DiffGem enable")
    nvim.told()
