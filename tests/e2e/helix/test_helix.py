"""Helix in a terminal: no ghost text there, but code actions, and our texts in its menu."""

import contextlib
import re

import pytest
import scenes
from editors import place
from snippets import snippet
from terminal import Terminal, until

pytestmark = pytest.mark.editor

# Escape and the next key, sent at once, are Alt and that key to a terminal's program
KEYS = """
[keys.insert]
C-c = "normal_mode"

[keys.normal]
C-c = "no_op"
"""


class Helix(Terminal):
    def __init__(self, box, file, at, text):
        """Opens a file of the scenes at an offset, and knows no project but the scenes'."""
        head = text[:at].split("\n")
        self.line = len(head)
        self.folder, self.path = box.folder, box.folder / "work" / file
        self.path.write_bytes(text.encode())
        super().__init__(
            self.folder,
            [place("helix", "usr", "bin", "hx"), f"{self.path}:{len(head)}:{len(head[-1]) + 1}"],
            environment=environment(box),
            cwd=self.folder / "work",
        )
        self.until_shown("NOR")

    def leave(self):
        """What is open is closed, and the mode is normal."""

        def met():
            self.press("C-c")
            return "NOR" in self.screen()

        until(met, self.screen)

    def saved(self, expected):
        """Saves what is in the buffer until the file is as `expected` has it."""

        def met():
            self.type(":w!")
            self.press("Enter")
            with contextlib.suppress(FileNotFoundError):  # for a moment of each saving
                text = self.path.read_bytes().decode()
                return text if expected(text) else ""
            return ""

        return until(met, lambda: f"{self.path.read_text()}\n{self.screen()}")

    def actions(self):
        """Asks for code actions until a server answers: the menu, or that there are none."""

        def met():
            self.leave()
            self.type(" a")
            screen = until(lambda: self.answered(self.screen()), self.screen)
            return "language server" not in screen and screen

        return until(met, self.screen)

    def fill(self):
        """The menu's first action, until it has changed the buffer; Helix does not show errors."""

        def met():
            self.actions()
            self.press("Enter")
            self.settle()
            return "[+]" in self.screen()

        until(met, self.screen)

    def settle(self):
        """Helix takes no key before an action is done: once the cursor moves, it was.

        Not a prompt: while one is open Helix drops what it is told of progress.
        """
        for key, line in (("j", self.line + 1), ("k", self.line)):
            self.type(key)
            self.until_shown(f" {line}:")

    def is_still(self):
        """No spinner beside the mode."""
        return re.search(r"NOR +\S+\.py", self.screen())

    @staticmethod
    def answered(screen):
        told = (scenes.FILL, "Write the documentation", "No code actions", "language server")
        return any(each in screen for each in told) and screen


def environment(box):
    return {
        **box.environment,
        "XDG_CONFIG_HOME": str(box.folder / "config"),
        "HELIX_RUNTIME": str(place("helix", "usr", "lib", "hx", "runtime")),
        "DIFFGEM_SOCKET": str(box.socket),
        "LANG": "C.UTF-8",
    }


@pytest.fixture(scope="module", autouse=True)
def installed(box):
    config = box.folder / "config" / "helix"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(KEYS)
    (config / "languages.toml").write_text(snippet("Helix"))
    scenes.write_workspace(box.folder / "work")


def test_a_code_action_fills_a_hole_and_one_undo_restores(box):
    before, _, after = scenes.SHOP.partition(scenes.HOLE)
    with Helix(box, "shop.py", len(before), scenes.SHOP) as helix:
        helix.fill()
        filled = helix.saved(lambda text: text != scenes.SHOP)
        assert filled.startswith(before)
        assert filled.endswith(after)
        until(helix.is_still, helix.screen)
        helix.type("u")
        helix.saved(lambda text: text == scenes.SHOP)


@pytest.mark.parametrize("scene", [scenes.GHOST, scenes.UNICODE, scenes.FAR_FOLDER])
def test_the_menu_has_it_and_inserts_it(box, scene):
    text = scenes.FILES[scene.file]
    at = text.index(scene.after) + len(scene.after)
    typed, cursor = scenes.typed(scene)
    with Helix(box, scene.file, at, text) as helix:
        helix.actions()  # the server is there
        helix.leave()
        helix.type("i" + scene.keys)
        helix.until_shown("snippet")
        helix.press("Tab")
        helix.until_shown("DiffGem")  # beside what is chosen
        helix.press("Enter")
        helix.leave()
        done = helix.saved(lambda now: now not in (text, typed))
        assert done.startswith(typed[:cursor])
        assert done.endswith(typed[cursor:])


def test_an_ignored_file_is_left_alone(box):
    before, _, _ = scenes.SHOP.partition(scenes.HOLE)
    with Helix(box, "private.py", len(before), scenes.SHOP) as helix:
        assert scenes.FILL not in helix.actions()
        helix.leave()
        helix.saved(lambda text: text == scenes.SHOP)


def test_after_its_engine_was_killed(box):
    before, _, _ = scenes.SHOP.partition(scenes.HOLE)
    with Helix(box, "shop.py", len(before), scenes.SHOP) as helix:
        helix.actions()
        box.kill_engines()
        helix.press("Enter")  # this one may be lost with it
        helix.settle()
        if "[+]" not in helix.screen():
            helix.fill()
        helix.saved(lambda text: text != scenes.SHOP)
