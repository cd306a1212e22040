"""What is missing or broken is said once, with what to do; the editor edits as ever."""

import os
import re
import stat
import sys
from functools import partial

import pytest
import scenes
from embedded import neovim
from fakes import short_folder
from neovims import SERVER, options, program, quoted, write_init

pytestmark = pytest.mark.editor

OTHER = (
    f"#!{sys.executable}\n"
    + """
import sys
from lsprotocol import types
from pygls.lsp.server import LanguageServer

server = LanguageServer(NAME, VERSION)

@server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
def complete(params):
    return types.InlineCompletionList([])

server.start_io()
"""
)


@pytest.fixture
def started(version):
    """Starts a Neovim of its own, with these options of `setup`; `shop.py` is open in it."""
    with short_folder() as folder:
        workspace = folder / "work"
        workspace.mkdir()
        scenes.write_workspace(workspace)
        contexts = []

        def start(setup, variables=None):
            init = write_init(folder / "init.lua", setup(folder) if callable(setup) else setup)
            home = folder
            contexts.append(neovim(program(version), home, init, workspace, variables=variables))
            nvim = contexts[-1].__enter__()
            nvim.api.command(f"edit {workspace / scenes.GHOST.file}")
            return nvim

        yield start
        for each in contexts:
            each.__exit__(None, None, None)


def still_edits(nvim):
    """Keys land where they should, and Tab is Tab."""
    before = nvim.text
    nvim.go_behind(scenes.GHOST.after)
    nvim.type("r each in ")
    nvim.keys("<Tab><Esc>")
    assert nvim.text != before
    nvim.keys("u")
    assert nvim.text == before


def ours(nvim):
    """Messages of the plugin and the server, since the start."""
    return [each for each in nvim.command("messages").split("\n") if "DiffGem: " in each]


def said(nvim, word):
    """What was told, once it has the word; then keys are typed, and nothing is told again."""
    nvim.until(lambda: any(word in each for each in ours(nvim)), f"a message with {word!r}")
    still_edits(nvim)
    told = ours(nvim)
    assert len(told) == len(set(told))
    return "\n".join(told)


def said_briefly(nvim, word):
    """As `said`, and nothing of it asks for a key in a terminal of 80 columns: it took four lines,
    and Neovim waited behind them.
    """
    told = said(nvim, word)
    nvim.api.ui_try_resize(80, 24)
    for message in told.split("\n"):
        assert len(message) <= nvim.api.eval("v:echospace"), message
    return told


def health(nvim):
    nvim.command("checkhealth diffgem")
    return re.sub(r"\s+", " ", " ".join(nvim.api.current.buffer[:]))


def script(path, text):
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_no_server(started):
    """On a PATH without it."""
    nvim = started("{}", {"PATH": "/usr/bin:/bin"})
    assert "install it" in said_briefly(nvim, "no diffgem-lsp found")
    report = health(nvim)
    assert "diffgem-lsp was not found" in report
    assert "pip install '/path/to/diffgem[engine]'" in report


def test_a_program_that_the_project_brings_along(started):
    """Opening a file of somebody's repository ran what that somebody had put into its `.venv`."""

    def setup(folder):
        bin_folder = folder / "work" / ".venv" / "bin"
        bin_folder.mkdir(parents=True)
        text = f'#!/bin/sh\ntouch "{folder}/ran"\nexec "{SERVER}" "$@"\n'
        script(bin_folder / "diffgem-lsp", text)
        return f"{{ settings = {{ engineSocket = {quoted(folder / 'e')} }} }}"

    nvim = started(setup, {"PATH": "/usr/bin:/bin", "VIRTUAL_ENV": ""})
    assert ":DiffGem trust" in said_briefly(nvim, "the project's own server")
    ran = nvim.workspace.parent / "ran"
    assert not ran.exists()
    nvim.keys(":DiffGem trust<CR>")
    nvim.keys("y")
    nvim.until(ran.exists, "the project's own server")
    nvim.until(lambda: nvim.seen("is_attached"), "the server")


def test_a_server_that_is_no_program(started):
    nvim = started("{ cmd = { '/nowhere/diffgem-lsp' } }")
    assert ":checkhealth diffgem" in said_briefly(nvim, "the option cmd")
    report = health(nvim)
    assert "/nowhere/diffgem-lsp, which is no program" in report
    assert "setup({ cmd" in report


@pytest.mark.parametrize(("name", "number"), [("diffgem", "9.8.7"), ("another", "0.1.0")])
def test_another_server(started, name, number):
    def setup(folder):
        text = OTHER.replace("NAME", repr(name)).replace("VERSION", repr(number))
        return f"{{ cmd = {{ {quoted(script(folder / 'diffgem-lsp', text))} }} }}"

    nvim = started(setup)
    word = "9.8.7" if name == "diffgem" else "no diffgem-lsp"
    assert ":checkhealth diffgem" in said_briefly(nvim, word)
    assert "pip install '/path/to/diffgem[engine]'" in health(nvim)


def test_a_server_that_dies(started):
    """It was started again for ever, with a message each time."""

    def setup(folder):
        program = script(folder / "diffgem-lsp", "#!/bin/sh\nexit 3\n")
        return f"{{ cmd = {{ {quoted(program)} }} }}"

    nvim = started(setup)
    assert ":DiffGem log" in said_briefly(nvim, "third time")


def test_a_server_that_is_a_module(started):
    """`python -m diffgem_lsp` was said to be of Python's version."""
    module = f"cmd = {{ {quoted(sys.executable)}, '-m', 'diffgem_lsp' }}"
    nvim = started(f"{{ {module}, settings = {{ enabled = false }} }}")
    nvim.until(lambda: nvim.seen("is_attached"), "the server")
    assert "as the plugin" in health(nvim)


@pytest.fixture
def failing(started):
    """Types until there is no engine, as a setting of that name makes it; and types on."""

    def failing(name, value):
        def setup(folder):
            settings = f"engineSocket = {quoted(folder / 'e')}, {name} = {value}"
            return f"{{ cmd = {{ {quoted(SERVER)} }}, settings = {{ {settings} }} }}"

        nvim = started(setup)
        nvim.until(lambda: nvim.seen("is_attached"), "the server")
        nvim.go_behind(scenes.GHOST.after)
        nvim.type("r")
        asked = partial(nvim.seen, "ask", "diffgem/status")
        failed = nvim.until(lambda: (now := asked())["state"] == "failed" and now, "the failure")
        nvim.until_lua("require('diffgem').status():find('!', 1, true)")
        nvim.keys("<Esc>u")
        still_edits(nvim)
        told = ours(nvim)
        assert len(told) == len(set(told))
        return failed["message"]

    return failing


def test_no_engine(failing):
    assert "exit code" in failing("engineCommand", "{ '/bin/false' }")


def test_an_engine_that_is_no_program(failing):
    """Nothing said which setting it was."""
    assert "`engineCommand`" in failing("engineCommand", "{ '/nowhere/engine' }")


def test_no_model(failing):
    assert "/nowhere/model" in failing("model", "'/nowhere/model'")


def test_bad_options_and_settings(started, box):
    """A bad value is a message, and the default."""
    more = "filetypes = 3, keys = { accept = 7, acept = '<Tab>' }"
    nvim = started(
        options(box.socket, more).replace("settings = {", "settings = { maxLines = 'x',")
    )
    message = said(nvim, "maxLines")
    for word in ("filetypes", "keys.accept", "keys.acept"):
        assert word in message


def test_an_option_without_a_name(started, box):
    """`setup` raised an error of Lua: names and numbers were compared."""
    nvim = started(options(box.socket, "'python', keys = {}"))
    assert said(nvim, "option 1 is not known").count("option ") == 1
    nvim.until(lambda: nvim.seen("is_attached"), "the server")


@pytest.mark.parametrize("value", ["'python'", "{ 'python' }"])
def test_languages_that_are_no_table_by_language(started, box, value):
    """`:DiffGem disable` raised an error of Lua, as did whatever asked for settings after it."""
    given = options(box.socket).replace("settings = {", f"settings = {{ languages = {value},")
    nvim = started(given)
    nvim.until(lambda: nvim.seen("is_attached"), "the server")
    nvim.command("DiffGem disable python")
    nvim.until(lambda: nvim.seen("ask", "diffgem/status")["state"] == "off", "off")
    nvim.command("DiffGem enable python")
    nvim.until(lambda: nvim.seen("ask", "diffgem/status")["state"] != "off", "on")
    assert said(nvim, "'languages'").count("'languages'") == 1
    assert nvim.api.eval("v:errmsg") == ""


def test_a_socket_for_the_doctor_that_is_no_text(started):
    """`:DiffGem doctor` raised an error of Lua, and looked at nothing."""

    def setup(folder):
        text = f'#!/bin/sh\n[ "$1" = doctor ] && echo "$@" && exit\nexec "{SERVER}" "$@"\n'
        settings = "enabled = false, engineSocket = true, model = 'm'"
        server = quoted(script(folder / "diffgem-lsp", text))
        return f"{{ cmd = {{ {server} }}, settings = {{ {settings} }} }}"

    nvim = started(setup)
    nvim.until(lambda: nvim.seen("is_attached"), "the server")
    nvim.command("DiffGem doctor")
    nvim.until_lua("vim.api.nvim_buf_get_name(0):find('doctor', 1, true)")
    assert nvim.api.current.buffer[:] == ["doctor --model m"]
    assert "\n".join(ours(nvim)).count("option settings.engineSocket should be a text") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_that_cannot_be_written_to(started, box):
    def setup(folder):
        for name in ("config", "data", "state", "cache", "home"):
            (folder / name).mkdir(mode=0o500, exist_ok=True)
        return options(box.socket)

    nvim = started(setup)
    nvim.play(scenes.GHOST)
    assert nvim.suggestion()


def test_a_home_that_is_no_folder(started, box):
    """Neovim's client does not load: its traceback came up at every file that was opened."""

    def setup(folder):
        for name in ("data", "state", "cache"):
            (folder / name).write_text("")
        return options(box.socket)

    nvim = started(setup)
    assert "XDG_STATE_HOME" in said(nvim, "cannot be made")
