"""`:DiffGem`, `:checkhealth` and `:help` in the real Neovims."""

import re
import shutil

import pytest
import scenes
from neovims import PLUGIN
from real import MODEL

pytestmark = pytest.mark.editor


def test_commands_are_completed(nvim):
    names = nvim.api.funcs.getcompletion("DiffGem ", "cmdline")
    assert {"disable", "explain", "next_edit", "restart", "snooze", "status"} <= set(names)
    assert nvim.api.funcs.getcompletion("DiffGem sno", "cmdline") == ["snooze"]
    assert "60" in nvim.api.funcs.getcompletion("DiffGem snooze ", "cmdline")
    nvim.open("shop.py")
    assert "python" in nvim.api.funcs.getcompletion("DiffGem disable py", "cmdline")


def test_a_command_that_is_none_says_which_there_are(nvim):
    nvim.keys(":DiffGem nonsense<CR>")
    (said,) = nvim.told()
    assert "nonsense" in said
    assert "snooze" in said
    nvim.lua("vim.v.errmsg = ''")


def test_checkhealth(nvim, version):
    nvim.play(scenes.GHOST)
    nvim.suggestion()
    nvim.keys("<Esc>")
    nvim.until_lua("require('diffgem').status():find(..., 1, true)", MODEL)  # told of a bit later
    nvim.command("checkhealth diffgem")
    report = "\n".join(nvim.api.current.buffer[:])
    assert version in report
    assert MODEL in report
    assert "<Tab>" in report
    assert "ERROR" not in report
    assert "WARNING" not in report


def test_every_command_has_help(nvim):
    text = (PLUGIN / "doc" / "diffgem.txt").read_text(encoding="utf-8")
    tags = re.findall(r"\*(\S+)\*", text)
    for name in nvim.api.funcs.getcompletion("DiffGem ", "cmdline"):
        assert f":DiffGem-{name}" in tags
    assert {"diffgem", "diffgem-settings", ":DiffGem"} <= set(tags)


@pytest.mark.parametrize("subject", ["diffgem", ":DiffGem-trigger", "diffgem.setup()"])
def test_help_opens(nvim, subject):
    """It took `:helptags ALL` first, where no package manager had done that."""
    nvim.command(f"help {subject}")
    assert nvim.api.eval("expand('%:p')") == str(PLUGIN / "doc" / "diffgem.txt")
    assert f"*{subject}*" in nvim.api.current.line


def test_the_tags_are_those_that_neovim_writes(nvim, tmp_path):
    """A package manager that writes them anew changes nothing in the clone."""
    shutil.copy(PLUGIN / "doc" / "diffgem.txt", tmp_path)
    nvim.command(f"helptags {tmp_path}")  # raises on a tag that is there twice
    assert (tmp_path / "tags").read_bytes() == (PLUGIN / "doc" / "tags").read_bytes()
