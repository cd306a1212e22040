"""A Neovim without the plugin, configured as the page of the editors has it."""

import contextlib

import scenes
from embedded import neovim
from fakes import short_folder
from neovims import PRELUDE, program
from snippets import snippet


@contextlib.contextmanager
def neovim_with(heading, socket):
    """Neovim 0.12 with the snippet below that heading as its init.lua."""
    with short_folder() as folder:
        workspace, init = folder / "work", folder / "init.lua"
        scenes.write_workspace(workspace)
        init.write_text(PRELUDE + snippet(heading))
        variables = {"DIFFGEM_SOCKET": str(socket)}
        with neovim(program("0.12"), folder, init, workspace, variables=variables) as started:
            yield started
