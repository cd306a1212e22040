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


def test_help_opens(nvim, tmp_path):
    """From a copy: tags are written beside it."""
    shutil.copytree(PLUGIN / "doc", tmp_path / "doc")
    nvim.lua("vim.opt.runtimepath:append(...)", str(tmp_path))
    nvim.command(f"helptags {tmp_path / 'doc'}")  # raises on a tag that is there twice
    nvim.command("help diffgem")
    assert nvim.api.eval("expand('%:t')") == "diffgem.txt"
    nvim.lua("vim.opt.runtimepath:remove(...)", str(tmp_path))
