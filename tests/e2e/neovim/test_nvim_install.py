"""Ways that the plugin comes into a Neovim: each shows ghost text afterwards."""

import shutil
import subprocess

import pytest
import scenes
from embedded import neovim
from fakes import short_folder
from neovims import PLUGIN, PRELUDE, options, program, quoted

pytestmark = pytest.mark.editor

# What lazy.nvim does with { dir = …, event = "InsertEnter", opts = {…} }: the folder comes to the
# runtimepath at the event, what is in plugin/ is sourced, and setup is called with the options.
LAZY = """
vim.api.nvim_create_autocmd("InsertEnter", {{ once = true, callback = function()
  vim.opt.runtimepath:prepend({plugin})
  for _, file in ipairs(vim.fn.glob({plugin} .. "/plugin/*.lua", true, true)) do
    vim.cmd.source(file)
  end
  require("diffgem").setup({options})
end }})
"""


@pytest.fixture
def shows(version, box):
    """With this init.lua, made by a function of the home folder."""

    def shows(init_of):
        with short_folder() as folder:
            workspace = folder / "work"
            workspace.mkdir()
            scenes.write_workspace(workspace)
            init = folder / "init.lua"
            init.write_text(PRELUDE + init_of(folder))
            with neovim(program(version), folder, init, workspace) as nvim:
                nvim.api.command(f"edit {workspace / scenes.GHOST.file}")
                nvim.go_behind(scenes.GHOST.after)
                nvim.until(lambda: nvim.seen("is_attached"), "the server")
                nvim.type(scenes.GHOST.keys)
                before, after = nvim.around()
                text = nvim.suggestion()
                nvim.keys("<Tab>")
                nvim.until(lambda: nvim.text != before + after, "what was accepted")
                assert nvim.text == before + text + after
                assert nvim.api.funcs.exists(":DiffGem") == 2
                assert nvim.told() == []

    return shows


def test_as_a_package_of_start(shows, box):
    def init_of(folder):
        place = folder / "data" / "nvim" / "site" / "pack" / "mine" / "start" / "diffgem"
        shutil.copytree(PLUGIN, place)
        return f"require('diffgem').setup({options(box.socket)})\n"

    shows(init_of)


def test_as_lazy_nvim_loads_it(shows, box):
    shows(lambda _: LAZY.format(plugin=quoted(PLUGIN), options=options(box.socket)))


def test_by_vim_pack(shows, box, version):
    """The package manager of 0.12, from a repository of git."""
    if version == "0.11":
        pytest.skip("Neovim 0.11 has no vim.pack")

    def init_of(folder):
        repository = shutil.copytree(PLUGIN, folder / "diffgem.nvim")
        for words in (
            ["init", "--quiet", "--initial-branch", "main"],
            ["add", "."],
            ["-c", "user.name=T", "-c", "user.email=t@localhost", "commit", "--quiet", "-m", "It"],
        ):
            subprocess.run(["git", *words], cwd=repository, check=True)
        source = f"{{ src = {quoted(repository.as_uri())}, name = 'diffgem.nvim' }}"
        return (
            f"vim.pack.add({{ {source} }}, {{ confirm = false, load = true }})\n"
            f"require('diffgem').setup({options(box.socket)})\n"
        )

    shows(init_of)
