"""A real Neovim that a test types in, and looks into."""

import contextlib
import itertools
import subprocess
import time

import psutil
import pynvim
from neovims import HELPERS, environment
from screens import Screen, screens

PATIENCE_S = 60
_NUMBERS = itertools.count()


class Neovim:
    """Keys are worked off before the next thing is asked, unless a mapping waits for another."""

    def __init__(self, api, workspace):
        self.api, self.workspace = api, workspace
        self.screen = Screen()
        self.until_lua("vim.v.vim_did_enter == 1")  # init.lua may wait while it installs
        self.lua("package.path = ... .. '/?.lua;' .. package.path", str(HELPERS))
        self.lua("require('seen').listen()")

    def lua(self, code, *arguments):
        return self.api.exec_lua(code, *arguments)

    def seen(self, call, *arguments):
        """A function of lua/seen.lua."""
        return self.lua(f"return require('seen').{call}(...)", *arguments)

    def keys(self, keys):
        self.api.input(keys)
        self.api.eval("1")  # answered once they are worked off

    def type(self, text):
        """As a user does: one key, and what follows from it, after the other."""
        for char in text:
            self.keys({"<": "<lt>", "\n": "<CR>"}.get(char, char))

    def command(self, command):
        return self.api.command_output(command)

    def until(self, condition, what):
        """The first true value of `condition()`."""
        deadline = time.monotonic() + PATIENCE_S
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"{what} never came; {self.state()}")
            time.sleep(0.01)
        return found

    def until_lua(self, expression, *arguments):
        return self.until(lambda: self.lua(f"return {expression}", *arguments), expression)

    def state(self):
        said = self.command("messages")
        status = self.lua("return vim.F.npcall(function() return require('diffgem').status() end)")
        return f"mode {self.mode}, status {status!r}, ghost {self.ghost}, messages:\n{said}"

    @property
    def mode(self):
        return self.api.request("nvim_get_mode")["mode"]

    @property
    def ghost(self):
        return self.seen("ghost")

    def told(self):
        """What the user was told since this was asked last, the oldest first."""
        return self.seen("taken")

    @property
    def text(self):
        """What `:write` would write."""
        newline = {"unix": "\n", "dos": "\r\n", "mac": "\r"}[self.api.eval("&fileformat")]
        return newline.join([*self.api.current.buffer[:], ""])

    @property
    def cursor(self):
        """Row from 0, column in bytes."""
        row, column = self.api.current.window.cursor
        return [row - 1, column]

    def open(self, name):
        """With the server attached."""
        self.api.command(f"edit {self.api.funcs.fnameescape(str(self.workspace / name))}")
        self.until(lambda: self.seen("is_attached"), "the server")

    def go_behind(self, text):
        """Insert mode behind the first place of `text`, which does not end a line."""
        before = self.text[: self.text.index(text) + len(text)].encode()
        row, line = before.count(b"\n"), before.rpartition(b"\n")[2]
        last = len(text[-1].encode())
        self.api.current.window.cursor = (row + 1, len(line) - last)
        self.keys("a")
        assert self.cursor == [row, len(line)], self.state()

    def screens(self):
        """What was seen since this was asked last: lists of lines, the latest last."""
        return screens(self.api, self.screen)

    def play(self, scene):
        """Up to the last key: the text around the cursor."""
        self.open(scene.file)
        self.go_behind(scene.after)
        self.type(scene.keys)
        return self.around()

    def around(self):
        row, column = self.cursor
        lines = self.text.encode().split(b"\n")
        at = sum(len(line) + 1 for line in lines[:row]) + column
        whole = self.text.encode()
        return whole[:at].decode(), whole[at:].decode()

    def suggestion(self):
        """The ghost text at the cursor, once there is one."""

        def at_cursor():
            ghost = self.ghost
            return ghost if ghost and [ghost["row"], ghost["col"]] == self.cursor else None

        ghost = self.until(at_cursor, "ghost text")
        assert ghost["count"] == 1
        return ghost["text"]

    def forget(self):
        """Back to an empty Neovim, with the server still there."""
        self.keys("<Esc>")
        self.api.command("silent! %bwipeout!")
        self.lua("vim.v.errmsg = ''")
        self.told()


@contextlib.contextmanager
def neovim(program, home, init, workspace, *arguments, variables=None):
    """With a screen of 100 by 40, so that it draws what it would."""
    socket = home / "run" / f"{next(_NUMBERS)}"
    environ = {**environment(program.runtime, home), **(variables or {})}
    command = [program.path, "--headless", "--listen", socket, "-n", "-u", init, *arguments]
    with (home / "nvim.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=workspace, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    api = None
    try:
        api = attached(socket)
        api.ui_attach(100, 40, rgb=True, ext_linegrid=True)
        yield Neovim(api, workspace)
    finally:
        end(process, api)


def attached(socket):
    """Once somebody listens there: the socket's name is in the folder a moment before."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return pynvim.attach("socket", path=str(socket))
        except (FileNotFoundError, ConnectionRefusedError):
            assert time.monotonic() < deadline, f"nobody listens on {socket}"
            time.sleep(0.01)


def end(process, api):
    """With the server that it has started; the engine, the server's own child, stays.  No `api`
    where nobody came to listen.
    """
    if api is None:
        process.kill()
        process.wait()
        return
    family = psutil.Process(process.pid).children()
    api.command("qall!", async_=True)
    _, left = psutil.wait_procs([process, *family], timeout=10)
    for each in left:
        each.kill()
    process.wait()
    with contextlib.suppress(OSError, EOFError):  # the other side is gone: closes ours
        api.run_loop(lambda *_: None, lambda *_: None)
    api.close()
