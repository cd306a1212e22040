"""Neovim at an engine for a team, with what docs/deployment.md has for it."""

import pytest
import scenes
from deployment import Deployment
from embedded import neovim
from fakes import short_folder
from neovims import PLUGIN, PRELUDE, program, quoted

pytestmark = pytest.mark.editor


def test_the_pages_snippet_shows_ghost_text(version, tmp_path):
    """Names of settings that only VS Code knows would do nothing, silently."""
    deployed = Deployment(tmp_path)
    with deployed.engine(), short_folder() as folder:
        workspace, init = folder / "work", folder / "init.lua"
        scenes.write_workspace(workspace)
        plugin = f"vim.opt.runtimepath:prepend({quoted(PLUGIN)})\n"
        init.write_text(PRELUDE + plugin + deployed.block("lua", "require"))
        with neovim(program(version), folder, init, workspace) as nvim:
            before, after = nvim.play(scenes.GHOST)
            text = nvim.suggestion()
            nvim.keys("<Tab>")
            nvim.until(lambda: nvim.text != before + after, "what was accepted")
            assert nvim.text == before + text + after
    assert '"user": "ada"' in deployed.log.read_text()
