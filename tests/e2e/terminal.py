"""A program in a real terminal: keys go in, and what a person sees comes out."""

import contextlib
import itertools
import subprocess
import time

from terminal_drawing import picture

PATIENCE_S = 60


class Terminal:
    def __init__(self, tmux, size):
        self._tmux, self.size = tmux, size
        self.frames = []  # pictures, each with how long it stands, in milliseconds

    def keys(self, *names):
        """As tmux names them: "Escape", "Tab"; anything else is typed."""
        self._tmux("send-keys", *names)

    def type(self, text):
        for char in text:
            self._tmux("send-keys", "-l", char)

    def lines(self):
        return self._tmux("capture-pane", "-p").split("\n")

    def until(self, condition, what):
        """The first true value of `condition(lines)`."""
        deadline = time.monotonic() + PATIENCE_S
        while not (found := condition(self.lines())):
            assert time.monotonic() < deadline, "\n".join([f"{what} never came", *self.lines()])
            time.sleep(0.05)
        return found

    def shows(self, text):
        return self.until(lambda lines: any(text in line for line in lines), text)

    def painted(self):
        """With its colours, as escapes."""
        return self._tmux("capture-pane", "-p", "-e", "-N")

    def cursor(self):
        """As column and row."""
        column, row = self._tmux("display", "-p", "#{cursor_x} #{cursor_y}").split()
        return int(column), int(row)

    def picture(self, title):
        return picture(self.painted(), self.size, self.cursor(), title)

    def frame(self, title, milliseconds):
        """What is there now, in the film."""
        self.frames.append((self.picture(title), milliseconds))

    def unroll(self, title, first, milliseconds):
        """The rows from `first` to the cursor's, one more in each frame."""
        rows, (_, last) = self.painted().split("\n"), self.cursor()
        for row in range(first, last):
            shown = picture("\n".join(rows[: row + 1]), self.size, (0, row + 1), title)
            self.frames.append((shown, milliseconds))


@contextlib.contextmanager
def terminal(command, folder, environment, size=(84, 26)):
    """Runs there until it ends, or the test does."""
    socket = folder / f"tmux{next(_NUMBERS)}"

    def tmux(*words):
        called = ["tmux", "-S", str(socket), "-f", "/dev/null", *words]
        done = subprocess.run(called, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.rstrip("\n")

    width, height = map(str, size)
    tmux("new-session", "-d", "-x", width, "-y", height, "sh")
    try:
        tmux("set", "-s", "escape-time", "0")
        tmux("set", "-g", "status", "off")
        tmux("set", "-g", "default-terminal", "tmux-256color")
        tmux("set", "-as", "terminal-features", ",*:RGB")
        tmux("respawn-pane", "-k", "-c", str(folder), *map(str, command))
        yield Terminal(tmux, size)
    finally:
        tmux("kill-server")


_NUMBERS = itertools.count()


def save_recording(frames, path):
    """As one animated image; its loop begins again after the last frame."""
    (first, _), *others = frames
    first.save(
        path,
        save_all=True,
        append_images=[image for image, _ in others],
        duration=[milliseconds for _, milliseconds in frames],
        loop=0,
        lossless=True,
        method=6,
    )
