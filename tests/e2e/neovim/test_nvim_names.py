"""Buffers that get a name, or another one."""

import pytest
import scenes

pytestmark = pytest.mark.editor


@pytest.fixture
def elsewhere(nvim):
    """A file that is not there yet, as commands take it."""
    path = nvim.workspace / "elsewhere.py"
    yield nvim.api.funcs.fnameescape(str(path))
    path.unlink(missing_ok=True)


@pytest.mark.parametrize("command", ["file", "silent saveas"])
def test_a_buffer_that_is_renamed_has_ghost_text(nvim, elsewhere, command):
    """It had none until it was written, and nothing said why."""
    nvim.open(scenes.GHOST.file)
    nvim.command(f"{command} {elsewhere}")
    nvim.until(lambda: nvim.seen("is_attached"), "the server")
    assert nvim.seen("served") == nvim.text
    nvim.go_behind(scenes.GHOST.after)
    nvim.type(scenes.GHOST.keys)
    assert nvim.suggestion()
    assert nvim.seen("served") == nvim.text


def test_a_buffer_without_a_name_gets_the_server_with_one(nvim, elsewhere):
    nvim.open(scenes.GHOST.file)
    nvim.command("enew | set filetype=python")
    assert not nvim.seen("is_attached")
    nvim.command(f"silent write {elsewhere}")
    nvim.until(lambda: nvim.seen("is_attached"), "the server")
    nvim.keys("iimport os<Esc>")
    assert nvim.seen("served") == nvim.text == "import os\n"


def test_a_buffer_gets_a_name_in_the_first_neovim_0_11(nvim, elsewhere):
    """`vim.lsp.is_enabled` came later: an error, and no server."""
    nvim.open(scenes.GHOST.file)
    nvim.command("enew | set filetype=python")
    nvim.lua(
        "local is_enabled = vim.lsp.is_enabled; vim.lsp.is_enabled = nil;"
        "local ok, why = pcall(vim.cmd, ...); vim.lsp.is_enabled = is_enabled; assert(ok, why)",
        f"file {elsewhere}",
    )
    nvim.until(lambda: nvim.seen("is_attached"), "the server")
    assert nvim.api.eval("v:errmsg") == ""


@pytest.mark.parametrize(
    "end", ["vim.lsp.enable('diffgem', false)", "require('seen').client():stop(true)"]
)
def test_a_server_that_the_user_ends_stays_off(nvim, end):
    """It was taken for a crash: it was started again, with a warning."""
    nvim.open(scenes.GHOST.file)
    nvim.lua(end)
    nvim.until_lua("#vim.lsp.get_clients({ name = 'diffgem', _uninitialized = true }) == 0")
    nvim.lua("vim.wait(400, function() return require('seen').is_attached() end)")
    assert not nvim.seen("is_attached")
    assert nvim.told() == []
    nvim.command("DiffGem start")
    nvim.until(lambda: nvim.seen("is_attached"), "the server")
