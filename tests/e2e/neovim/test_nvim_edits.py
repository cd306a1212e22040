"""Code actions and next edits in the real Neovims."""

import pytest
import scenes

pytestmark = pytest.mark.editor


def test_a_code_action_fills_a_hole(nvim):
    nvim.open("shop.py")
    before, _, after = scenes.SHOP.partition(scenes.HOLE)
    row = before.count("\n")
    nvim.api.current.window.cursor = (row + 1, len(before.rpartition("\n")[2].encode()))
    nvim.lua(
        "local title = ...; vim.lsp.buf.code_action({ apply = true,"
        "filter = function(action) return action.title == title end })",
        scenes.FILL,
    )
    nvim.until(lambda: nvim.text != scenes.SHOP, "the filled hole")
    assert nvim.text.startswith(before)
    assert nvim.text.endswith(after)
    assert nvim.text[len(before) : -len(after)].strip() not in ("", scenes.HOLE)
    assert nvim.seen("served") == nvim.text
    nvim.keys("u")
    assert nvim.text == scenes.SHOP
    assert nvim.seen("served") == scenes.SHOP


@pytest.fixture
def offered(nvim):
    """The name is changed in one place, and the other place is offered."""
    before, after = nvim.play(scenes.RENAME)
    nvim.keys("<Esc>")
    nvim.until_lua("require('diffgem').status():find('next edit', 1, true)")
    assert nvim.text == before + after
    return before + after


def test_a_next_edit_is_drawn_jumped_to_and_applied(nvim, offered):
    drawn = nvim.seen("next_edit")
    assert "_rate" in drawn  # what is new in it
    changed = scenes.RENAMED.rindex("discount_rate")
    row = scenes.RENAMED.count("\n", 0, changed)
    assert nvim.cursor[0] != row
    nvim.keys("<Tab>")
    assert nvim.cursor[0] == row
    assert nvim.text == offered  # the jump changes nothing
    nvim.keys("<Tab>")
    nvim.until(lambda: nvim.text != offered, "the next edit")
    assert nvim.text == scenes.RENAMED
    assert nvim.seen("served") == scenes.RENAMED
    assert nvim.seen("next_edit") == []
    nvim.keys("u")
    assert nvim.text == offered


def test_a_jump_opens_the_fold(nvim, offered):
    """Tab again applied what nobody had seen."""
    row = scenes.RENAMED.count("\n", 0, scenes.RENAMED.rindex("discount_rate"))
    nvim.command(f"setlocal foldminlines=0 | {row + 1},$fold")
    assert nvim.api.eval(f"foldclosed({row + 1})") == row + 1
    nvim.keys("<Tab>")
    assert nvim.cursor[0] == row
    assert nvim.api.eval("foldclosed('.')") == -1
    assert nvim.text == offered


def test_a_next_edit_is_dismissed(nvim, offered):
    nvim.keys("<Esc>")
    assert nvim.seen("next_edit") == []
    assert nvim.text == offered


def test_a_last_line_that_is_deleted_takes_its_next_edit_along(nvim, offered):
    """Every key, and the statusline, raised an error from then on: its mark is behind the end."""
    drawn = "%{v:lua.require'diffgem'.status()}"
    nvim.command(f"setlocal statusline={drawn}")
    nvim.keys("Gddk<Tab>")
    nvim.command("redrawstatus!")
    assert nvim.api.eval("v:errmsg") == ""
    assert nvim.api.eval("&l:statusline") == drawn
    assert "next edit" not in nvim.lua("return require('diffgem').status()")
    assert nvim.seen("next_edit") == []
    nvim.keys("u")
    assert nvim.text == offered
    nvim.until_lua("require('diffgem').status():find('next edit', 1, true)")


def test_tab_jumps_as_ever_without_a_next_edit(nvim):
    """Ctrl-I is Tab: the jump list was lost."""
    nvim.open("shop.py")
    nvim.keys("5GG<C-o>")
    assert nvim.cursor[0] == 4
    nvim.keys("<Tab>")
    assert nvim.cursor[0] == scenes.SHOP.count("\n") - 1
