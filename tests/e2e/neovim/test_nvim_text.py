"""Where text lands: astral characters, other line endings, other folders, any keys at all."""

import random

import pytest
import scenes

pytestmark = pytest.mark.editor

KEYS = ["a", "for ", "x = (", "☕", "🍰", "é", "    ", "\n", "<Tab>", "<BS>", "<C-w>", "<C-u>"]
MOVES = ["<Left>", "<Up>", "<Down>", "<End>", "<Esc>ua", "<C-o>dd", "<C-o>p", "<Esc>o", "<M-Right>"]
BURSTS = 25


def accept(nvim):
    """Round a suggestion: what the whole buffer must be."""
    before, after = nvim.around()
    text = nvim.suggestion()
    newline = "\r\n" if "\r\n" in after else "\n"
    nvim.keys("<Tab>")
    nvim.until(lambda: nvim.text != before + after, "what was accepted")
    assert nvim.text == before + text.replace("\n", newline) + after
    assert nvim.seen("served") == nvim.text


@pytest.mark.parametrize("scene", [scenes.UNICODE, scenes.FAR_FOLDER])
def test_characters_beyond_ascii(nvim, scene):
    """Columns in UTF-16 or code points put text into the middle of another."""
    before, _ = nvim.play(scene)
    assert before == scenes.typed(scene)[0][: scenes.typed(scene)[1]]
    accept(nvim)


def test_lines_that_end_in_cr_lf(nvim):
    path = nvim.workspace / "dos.py"
    path.write_bytes(scenes.SHOP.replace("\n", "\r\n").encode())
    nvim.open("dos.py")
    assert nvim.api.eval("&fileformat") == "dos"
    nvim.go_behind(scenes.GHOST.after.replace("\n", "\r\n"))
    nvim.type(scenes.GHOST.keys)
    accept(nvim)
    nvim.command("silent write")
    assert path.read_bytes().decode() == nvim.text


@pytest.mark.parametrize("seed", range(2))
def test_the_server_has_what_is_on_the_screen(nvim, seed):
    """Any keys, ghost text or none: what the server believes is what the buffer holds."""
    draw = random.Random(seed)
    nvim.play(scenes.UNICODE)
    for _ in range(BURSTS):
        keys = draw.choices(KEYS + MOVES, k=draw.randrange(1, 8))
        for key in keys:
            nvim.keys("<CR>" if key == "\n" else key)
        if nvim.mode != "i":
            nvim.keys("<Esc>a")
        assert nvim.seen("served") == nvim.text, keys
    nvim.lua("vim.v.errmsg = ''")  # of keys that had nothing to do
