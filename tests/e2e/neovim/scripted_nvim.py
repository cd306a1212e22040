"""Neovims whose server says what the test has told it: lua/scripted.lua."""

import contextlib

from embedded import neovim
from fakes import short_folder
from neovims import HELPERS, PLUGIN, program, quoted

DRAWN = [("0.12", "native"), ("0.12", "plugin"), ("0.11", "plugin")]
SCRIPTED = "require('scripted')"
_INIT = """
vim.opt.runtimepath:prepend({plugin})
package.path = {helpers} .. "/?.lua;" .. package.path
vim.lsp.config("diffgem", {{ cmd = require("scripted").serve }})
require("diffgem").setup({{ cmd = {{ "/bin/sh" }}, inline = {drawn_by} }})
"""


@contextlib.contextmanager
def scripted_neovim(number, drawn_by):
    with short_folder() as folder:
        init = folder / "init.lua"
        init.write_text(
            _INIT.format(plugin=quoted(PLUGIN), helpers=quoted(HELPERS), drawn_by=quoted(drawn_by))
        )
        (folder / "code.py").write_text("def cake():\n    # ☕\n    \n    done()\n")
        with neovim(program(number), folder, init, folder) as started:
            yield started


def suggest(nvim, *said):
    """What is drawn then of texts, or of tables as lua/scripted.lua has them."""
    nvim.lua(f"{SCRIPTED}.said = ...; require('diffgem.inline').trigger()", said)
    return nvim.until(lambda: nvim.ghost, "ghost text")


def told(nvim):
    return nvim.lua(f"return {SCRIPTED}.told")


def around(middle):
    """All of code.py with that in its blank line."""
    return "def cake():\n    # ☕\n    " + middle + "\n    done()\n"
