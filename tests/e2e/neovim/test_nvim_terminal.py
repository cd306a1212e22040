"""Neovim as a person sees it: in a terminal, with pictures for the README."""

import pictured
import pytest
from fakes import short_folder
from neovims import SERVER, environment, options, program, write_init
from real import MODEL
from terminal import save_recording, terminal

pytestmark = pytest.mark.editor

LOOKS = """
vim.opt.termguicolors, vim.opt.number, vim.opt.laststatus = true, true, 2
vim.opt.hlsearch = false
vim.opt.signcolumn, vim.opt.ruler, vim.opt.showcmd = "no", false, false
vim.cmd.colorscheme("retrobox")
vim.api.nvim_set_hl(0, "ComplHint", { fg = "#bdae93", italic = true })
vim.opt.statusline = " %f %m%= %{v:lua.require'diffgem'.status()} "
"""


@pytest.fixture
def folder():
    with short_folder() as made:
        (made / "work").mkdir()
        yield made


@pytest.fixture
def shown(folder, box):
    """Neovim with the file open, its server and its engine there."""
    (folder / "work" / ".git").mkdir()
    (folder / "work" / pictured.FILE).write_text(pictured.TEXT)
    (folder / "diffgem-lsp").symlink_to(SERVER)  # the picture has no path of this machine
    init = write_init(folder / "init.lua", options(box.socket, server=folder / "diffgem-lsp"))
    init.write_text(init.read_text() + LOOKS)
    found = program("0.12")
    given = {**environment(found.runtime, folder), "LANG": "C.UTF-8"}
    command = [found.path, "-n", "-u", init, folder / "work" / pictured.FILE]
    with terminal(command, folder, given, size=(80, 20)) as started:
        started.shows(MODEL)  # the engine is there: its start is no answer's latency
        yield started


def test_ghost_text_and_a_next_edit(shown, folder, pictures):
    title = "Neovim"
    shown.type("/os.pat))/e-2\ra")
    shown.shows("INSERT")
    shown.frame(title, 1000)
    shown.type(pictured.HOLE.keys)
    shown.shows(f"os.path{pictured.WRITTEN}))")
    shown.frame(title, 2500)
    shown.keys("Tab")
    shown.until(lambda lines: shown.cursor()[0] > len(pictured.WRITTEN) + 30, "the text")
    shown.frame(title, 1200)
    shown.keys("Escape")
    shown.type("/(self, key)/e-1\rNa")
    shown.frame(title, 600)
    for key in pictured.RENAME.keys:
        shown.type(key)
        shown.frame(title, 150)
    shown.keys("Escape")
    shown.shows("next edit")
    shown.frame(title, 1800)
    shown.keys("Tab")
    shown.shows("applies")
    shown.frame(title, 1600)
    shown.keys("Tab")
    shown.shows("{key_name}")
    shown.until(lambda lines: not any("next edit" in line for line in lines), "an end")
    shown.frame(title, 2500)
    shown.type(":w\r")
    shown.shows("written")
    save_recording(shown.frames, pictures / "neovim.webp")
    assert (pictures / "neovim.webp").stat().st_size < 400_000
    assert (folder / "work" / pictured.FILE).read_text() == pictured.renamed(pictured.FILLED)


def test_health(shown):
    shown.type(":checkhealth diffgem | tabonly\r")
    shown.shows("diffgem-lsp")
    assert not any("ERROR" in line for line in shown.lines())
