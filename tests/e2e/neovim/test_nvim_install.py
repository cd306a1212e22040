"""Ways that the plugin comes into a Neovim: each shows ghost text afterwards."""

import re
import shutil
import subprocess

import pytest
import scenes
from embedded import neovim
from fakes import short_folder
from installed import ROOT
from neovims import PLUGIN, PRELUDE, options, program

pytestmark = pytest.mark.editor

# What lazy.nvim's loader does with a spec: the folder comes to the runtimepath, what is in plugin/
# is sourced, and setup of the module `main` is called with the options.  Without `main` it is the
# module that has the plugin's name, or the only one.
LAZY = """
local spec = {spec}
local function load()
  vim.opt.runtimepath:prepend(spec.dir)
  for _, file in ipairs(vim.fn.glob(spec.dir .. "/plugin/*.lua", true, true)) do
    vim.cmd.source(file)
  end
  local modules = vim.tbl_map(vim.fs.basename, vim.fn.glob(spec.dir .. "/lua/*", true, true))
  assert(spec.main or vim.list_contains(modules, spec.name))
  require(spec.main or spec.name).setup(vim.tbl_extend("force", spec.opts, {options}))
end
"""
AT_ONCE = "load()"
LATER = 'vim.api.nvim_create_autocmd("InsertEnter", { once = true, callback = load })'


def from_page(page, beginning):
    """The snippet of Lua that begins so, with this checkout's paths; one for each place."""
    snippets = re.findall(r"^```lua\n(.*?)^```$", page.read_text(), re.M | re.S)
    (found,) = [each for each in snippets if re.match(beginning, each)]
    return found.replace("/path/to/diffgem/", f"{ROOT}/")


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
                assert "diffgem" in nvim.api.funcs.getcompletion("diffgem", "help")
                assert nvim.told() == []

    return shows


def test_as_a_package_of_start(shows, box):
    def init_of(folder):
        place = folder / "data" / "nvim" / "site" / "pack" / "mine" / "start" / "diffgem"
        place.parent.mkdir(parents=True)
        place.symlink_to(PLUGIN)
        return f"require('diffgem').setup({options(box.socket)})\n"

    shows(init_of)


@pytest.mark.parametrize("page", [ROOT / "README.md", PLUGIN / "README.md"], ids=["main", "own"])
@pytest.mark.parametrize("when", [AT_ONCE, LATER], ids=["at once", "later"])
def test_as_lazy_nvim_loads_it(shows, box, page, when):
    spec = from_page(page, r"\{\s*dir")
    shows(lambda _: LAZY.format(spec=spec, options=options(box.socket)) + when + "\n")


def committed(repository):
    for words in (
        ["init", "--quiet", "--initial-branch", "main"],
        ["add", "."],
        ["-c", "user.name=T", "-c", "user.email=t@localhost", "commit", "--quiet", "-m", "It"],
    ):
        subprocess.run(["git", *words], cwd=repository, check=True)
    return repository


def test_by_vim_pack(shows, box, version):
    """The package manager of 0.12, from a repository of git that has the plugin in a folder."""
    if version == "0.11":
        pytest.skip("Neovim 0.11 has no vim.pack")
    snippet = from_page(PLUGIN / "README.md", r"vim\.pack")

    def init_of(folder):
        shutil.copytree(PLUGIN, folder / "diffgem" / "editors" / "nvim")
        repository = committed(folder / "diffgem")
        here = snippet.replace("https://…/diffgem.git", repository.as_uri())
        unasked = here.replace("load =", "confirm = false, load =")
        assert here != snippet
        assert unasked != here
        return unasked.replace("setup()", f"setup({options(box.socket)})")

    shows(init_of)
