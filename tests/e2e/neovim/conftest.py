import pytest
import scenes
from embedded import neovim
from fakes import short_folder
from neovims import VERSIONS, options, program, write_init
from scripted_nvim import DRAWN, SCRIPTED, scripted_neovim


@pytest.fixture(scope="session", params=VERSIONS)
def version(request):
    return request.param


@pytest.fixture(scope="session")
def one_neovim(version, box):
    """With the plugin, the real server and the real engine; started once for each version."""
    with short_folder() as folder:
        workspace = folder / "work"
        workspace.mkdir()
        scenes.write_workspace(workspace)
        init = write_init(folder / "init.lua", options(box.socket))
        with neovim(program(version), folder, init, workspace) as started:
            yield started


@pytest.fixture
def nvim(one_neovim):
    """As if just started.  Nothing may be left said that the test has not asked for."""
    yield one_neovim
    said = one_neovim.told(), one_neovim.api.eval("v:errmsg")
    one_neovim.forget()
    assert said == ([], "")


@pytest.fixture(scope="session", params=DRAWN, ids="-".join)
def scripted(request):
    with scripted_neovim(*request.param) as started:
        yield started


@pytest.fixture
def typing(scripted):
    """On the blank line of a function."""
    scripted.lua(f"local s = {SCRIPTED}; s.told, s.kinds = {{}}, {{}}")
    scripted.open("code.py")
    scripted.lua("vim.api.nvim_win_set_cursor(0, { 3, 4 })")
    scripted.keys("A")
    yield scripted
    scripted.forget()
