"""Helix in a terminal, with the page's snippet as its configuration."""

import contextlib
import re

import scenes
from installed import place
from snippets import snippet
from terminal import terminal

# Escape and the next key, sent at once, are Alt and that key to a terminal's program
KEYS = """
[keys.insert]
C-c = "normal_mode"

[keys.normal]
C-c = "no_op"
"""
TITLES = (scenes.FILL, "Write the documentation", "Regenerate the selection")
ANSWERS = (*TITLES, "No code actions available", "language server")


def install(box):
    config = box.folder / "config" / "helix"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(KEYS)
    (config / "languages.toml").write_text(snippet("Helix"))
    scenes.write_workspace(box.folder / "work")


@contextlib.contextmanager
def opened(box, file, at):
    """A file of the scenes, as it was at first, with the cursor at an offset."""
    text = scenes.FILES[file]
    path, head = box.folder / "work" / file, text[:at].split("\n")
    path.write_bytes(text.encode())
    environment = {
        **box.environment,
        "XDG_CONFIG_HOME": str(box.folder / "config"),
        "HELIX_RUNTIME": str(place("helix", "usr", "lib", "hx", "runtime")),
        "DIFFGEM_SOCKET": str(box.socket),
        "LANG": "C.UTF-8",
    }
    where = f"{path}:{len(head)}:{len(head[-1]) + 1}"
    command = [place("helix", "usr", "bin", "hx"), where]
    with terminal(command, box.folder, environment, size=(100, 40)) as screen:
        screen.shows("NOR")
        yield Helix(screen, path, len(head))


class Helix:
    def __init__(self, screen, path, line):
        self.screen, self.path, self.line = screen, path, line

    def leave(self):
        """What is open is closed, and the mode is normal."""

        def left(lines):
            self.screen.keys("C-c")
            return any("NOR" in line for line in lines)

        self.screen.until(left, "normal mode")

    def saved(self, expected):
        """Saves what is in the buffer until the file is as `expected` has it."""

        def met(_):
            self.screen.type(":w!")
            self.screen.keys("Enter")
            with contextlib.suppress(FileNotFoundError):  # for a moment of each saving
                text = self.path.read_bytes().decode()
                return text if expected(text) else ""
            return ""

        return self.screen.until(met, "the text in the file")

    def actions(self):
        """Asks for code actions until a server answers: the menu, or that there are none."""

        def met(_):
            self.leave()
            self.screen.type(" a")
            seen = self.screen.until(answered, "an answer")
            return "language server" not in seen and seen

        return self.screen.until(met, "code actions")

    def choose(self):
        """The menu's first.  Helix takes no key before it is done: once the cursor moves, it was.

        No prompt shows that as well: while one is open Helix drops what it is told of progress.
        """
        self.screen.keys("Enter")
        for key, line in (("j", self.line + 1), ("k", self.line)):
            self.screen.type(key)
            self.screen.shows(f" {line}:")

    def fill(self):
        """The menu's first action, until it has changed the buffer; Helix does not show errors."""

        def met(_):
            self.actions()
            self.choose()
            return self.is_changed()

        self.screen.until(met, "a change")

    def is_changed(self):
        return "[+]" in "\n".join(self.screen.lines())

    def is_still(self):
        """No spinner beside the mode."""
        self.screen.until(lambda lines: re.search(r"NOR +\S+\.py", "\n".join(lines)), "rest")


def answered(lines):
    seen = "\n".join(lines)
    return any(each in seen for each in ANSWERS) and seen
