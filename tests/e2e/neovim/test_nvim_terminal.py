"""Neovim as a person sees it: in a terminal, with pictures for the README."""

import os

import pytest
import scenes
from fakes import short_folder
from installed import ROOT
from neovims import SERVER, environment, options, program, write_init
from real import MODEL
from terminal import save_recording, terminal

pytestmark = pytest.mark.editor

PICTURES = "DIFFGEM_PICTURES"  # a folder to renew the README's in
SHOP = scenes.SHOP.replace(" — ☕ and 🍰.", ".").replace("☕🍰", "-")
LOOKS = """
vim.opt.termguicolors, vim.opt.number, vim.opt.laststatus = true, true, 2
vim.opt.hlsearch = false
vim.opt.signcolumn, vim.opt.ruler, vim.opt.showcmd = "no", false, false
vim.opt.statusline = " %f %m%= %{v:lua.require'diffgem'.status()} "
"""


@pytest.fixture
def folder():
    with short_folder() as made:
        (made / "work").mkdir()
        yield made


@pytest.fixture
def pictures(tmp_path):
    chosen = os.environ.get(PICTURES)
    place = ROOT / chosen if chosen else tmp_path
    place.mkdir(parents=True, exist_ok=True)
    return place


@pytest.fixture
def shown(folder, box):
    """Neovim with the file open, its server and its engine there."""
    (folder / "work" / ".git").mkdir()
    (folder / "work" / "shop.py").write_text(SHOP)
    (folder / "diffgem-lsp").symlink_to(SERVER)  # the picture has no path of this machine
    init = write_init(folder / "init.lua", options(box.socket, server=folder / "diffgem-lsp"))
    init.write_text(init.read_text() + LOOKS)
    found = program("0.12")
    given = {**environment(found.runtime, folder), "LANG": "C.UTF-8"}
    command = [found.path, "-n", "-u", init, folder / "work" / "shop.py"]
    with terminal(command, folder, given) as started:
        started.shows(MODEL)  # the engine is there: its start is no answer's latency
        yield started


def test_ghost_text_and_a_next_edit(shown, folder, pictures):
    title = "Neovim"
    shown.type("/smallest\r2jA")
    shown.shows("INSERT")
    shown.frame(title, 500)
    row = next(row for row, line in enumerate(shown.lines()) if line.endswith("        fo"))
    typed = shown.lines()[row] + "r"
    shown.type("r")
    shown.until(lambda lines: lines[row].startswith(typed) and lines[row] != typed, "ghost text")
    whole = shown.lines()[row].rstrip()
    shown.frame(title, 1800)
    shown.picture(title).save(pictures / "neovim.png")
    shown.keys("Tab")
    shown.until(lambda lines: lines[row].rstrip() == whole, "the text")
    shown.frame(title, 1200)
    shown.keys("Escape")
    shown.type("/tax)\rea")
    shown.frame(title, 600)
    for key in "_rate":
        shown.type(key)
        shown.frame(title, 150)
    shown.keys("Escape")
    shown.shows("next edit")
    shown.frame(title, 1600)
    shown.keys("Tab")
    shown.shows("applies")
    shown.frame(title, 1600)
    shown.keys("Tab")
    shown.shows("(1 + tax_rate)")
    shown.until(lambda lines: not any("next edit" in line for line in lines), "an end")
    shown.frame(title, 2200)
    shown.type(":w\r")
    shown.shows("written")
    save_recording(shown.frames, pictures / "neovim.webp")
    assert (pictures / "neovim.webp").stat().st_size < 2_000_000
    code = whole.split(maxsplit=1)[1]
    filled = SHOP.replace("        fo\n", f"        {code}\n")
    expected = filled.replace("self, tax)", "self, tax_rate)").replace("+ tax)", "+ tax_rate)")
    assert (folder / "work" / "shop.py").read_text() == expected


def test_health(shown, pictures):
    shown.type(":checkhealth diffgem | tabonly\r")
    shown.shows("diffgem-lsp")
    shown.picture(":checkhealth diffgem").save(pictures / "neovim-health.png")
    assert not any("ERROR" in line for line in shown.lines())
