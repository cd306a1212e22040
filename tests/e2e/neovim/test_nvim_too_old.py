"""Neovim 0.7, which Debian 12 has: the plugin says what it needs, and nothing breaks."""

import subprocess

import pytest
from fakes import short_folder
from installed import place
from neovims import PLUGIN, environment, quoted

pytestmark = pytest.mark.editor

INIT = f"""
vim.opt.runtimepath:prepend({quoted(PLUGIN)})
require("diffgem").setup({{ keys = {{ accept = "<Tab>" }} }})
"""


@pytest.fixture
def run():
    program = place("neovim-old", "usr", "bin", "nvim")
    runtime = place("neovim-old", "usr", "share", "nvim", "runtime")
    with short_folder() as folder:
        (folder / "init.lua").write_text(INIT)

        def run(*commands):
            """What it says, and what it has written."""
            file = folder / "shop.py"
            file.write_text("x = 1\n")
            words = [word for command in (*commands, "wqall") for word in ("-c", command)]
            done = subprocess.run(
                [program, "--headless", "-n", "-u", folder / "init.lua", file, *words],
                env=environment(runtime, folder),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            )
            return done.stderr, file.read_text()

        yield run


def test_it_says_so_once_and_edits(run):
    said, text = run("normal! oy = 2")
    assert said.count("needs Neovim 0.11") == 1
    assert "update Neovim" in said
    assert "Error" not in said
    assert text == "x = 1\ny = 2\n"


def test_its_command_says_so(run):
    said, _ = run("DiffGem status")
    assert "update Neovim" in said
    assert "E492" not in said  # not an editor command
