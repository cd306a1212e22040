"""A program in a terminal, as a person sees it and types into it: tmux."""

import itertools
import subprocess
import time

PATIENCE_S = 60
LOOK_S = 0.05  # between two looks
_numbers = itertools.count()


def until(met, what):
    """The first result of `met` that is true."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := met()):
        if time.monotonic() > deadline:
            raise AssertionError(what() if callable(what) else what)
        time.sleep(LOOK_S)
    return found


class Terminal:
    """`folder` is private, and its path short: a socket goes there.  Ends with the `with` block."""

    def __init__(self, folder, command, *, environment, cwd, size=(100, 40)):
        self._socket = folder / f"tmux{next(_numbers)}"  # of one that ends nothing new can start
        columns, lines = map(str, size)
        self._tmux(
            *("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", lines, "-c", cwd),
            *map(str, command),
            env=environment,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(
            ["tmux", "-S", self._socket, "kill-server"], check=False, capture_output=True
        )

    def _tmux(self, *words, env=None):
        command = ["tmux", "-u", "-S", self._socket, *words]
        ended = subprocess.run(command, env=env, check=False, capture_output=True, text=True)
        assert not ended.returncode, ended.stderr
        return ended.stdout

    def screen(self):
        return self._tmux("capture-pane", "-p")

    def press(self, *keys):
        """Keys by tmux' names: Enter, Escape, Down, C-n."""
        self._tmux("send-keys", *keys)

    def type(self, text):
        self._tmux("send-keys", "-l", text)

    def until_shown(self, *words):
        """The screen once it has all of them."""
        return until(
            lambda: all(each in self.screen() for each in words) and self.screen(),
            lambda: f"no {words} on the screen:\n{self.screen()}",
        )
