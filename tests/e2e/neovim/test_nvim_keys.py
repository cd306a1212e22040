"""Keys that have something else to do as well, and the popup menu."""

import pytest
import scenes

pytestmark = pytest.mark.editor


@pytest.fixture
def quiet(nvim):
    """A file where nothing is ever shown."""
    return nvim, nvim.play(scenes.EXCLUDED)


def test_tab_indents_where_nothing_is_shown(quiet):
    """Complaint 3: Tab fought the indentation."""
    nvim, (before, after) = quiet
    nvim.api.command("setlocal expandtab shiftwidth=4 softtabstop=4")
    nvim.keys("<End><CR><Tab>")
    line = nvim.api.current.line
    assert line == " " * len(line)
    assert len(line) % 4 == 0
    assert nvim.text == before + "\n" + line + after


@pytest.mark.parametrize("how", ["'typed'", "function() return 'typed' end, { expr = true }"])
def test_tab_is_what_the_user_has_made_of_it(nvim, how):
    """A snippet plugin's Tab was lost."""
    nvim.lua(f"vim.keymap.set('i', '<Tab>', {how})")
    before, after = nvim.play(scenes.EXCLUDED)
    nvim.keys("<Tab>")
    nvim.lua("vim.keymap.del('i', '<Tab>')")
    assert nvim.text == before + "typed" + after


def test_other_keys_put_nothing_in(quiet):
    nvim, (before, after) = quiet
    nvim.keys("<C-]>x<M-Right><M-C-Right>")
    assert nvim.text == before + "x" + after


def test_the_popup_menu_keeps_its_keys(nvim):
    """Complaint 3: Tab took the ghost text while the user chose in the menu."""
    before, after = nvim.play(scenes.GHOST)
    nvim.suggestion()
    nvim.keys("<BS><BS><BS>re<C-n>")
    assert nvim.api.eval("pumvisible()") == 1
    chosen = nvim.api.eval("complete_info(['selected', 'items'])")
    word = chosen["items"][chosen["selected"]]["word"]
    nvim.keys("<Tab>")
    assert nvim.text.startswith(before[:-3] + word)
    assert nvim.text.endswith(after)


def test_ghost_text_is_back_behind_the_popup_menu(nvim):
    before, after = nvim.play(scenes.GHOST)
    text = nvim.suggestion()
    nvim.keys("<C-n>")
    nvim.keys("<C-e>")
    assert nvim.text == before + after
    assert nvim.suggestion() == text
    assert nvim.text == before + after


def test_what_is_accepted_beside_an_open_menu_stays(nvim):
    """The menu stayed open on 0.12, and its next entry took the place of what was accepted."""
    nvim.command("set completeopt=menuone,noselect")
    before, after = nvim.play(scenes.GHOST)
    nvim.suggestion()
    nvim.keys("<C-x><C-n>")
    assert nvim.api.eval("pumvisible()") == 1
    drawn = nvim.ghost  # the plugin's own draws none beside the menu: Tab is Tab there
    nvim.keys("<Tab>")
    accepted = nvim.text
    if drawn:
        assert accepted == before + drawn["text"] + after
    assert nvim.api.eval("pumvisible()") == 0
    nvim.keys("<C-n><C-e>")
    nvim.command("set completeopt&")
    assert nvim.text == accepted
    assert nvim.seen("served") == nvim.text
