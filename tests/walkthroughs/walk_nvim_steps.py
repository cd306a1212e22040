"""What the page about Neovim has done by hand: each step, and what must be seen of it."""

import contextlib
import os
import re
from pathlib import Path

from attrs import define
from installed import ROOT
from neovims import program
from terminal import Terminal, terminal

PROMPT = "reader $ "
SIZE = (84, 28)
FO = "        for"
NOTE = re.compile(r" \(\d+/\d+\)$")  # which of how many alternatives it is
CHOICE = r"\b(\d+): Fill this hole"


@define
class Steps:
    """In the order of the page; each goes on where the one before has stopped."""

    stack: contextlib.ExitStack
    shown: Terminal = None
    folder: Path = None
    text: str = ""  # of shop.py, before anything is typed
    writings: int = 0

    @property
    def saved(self):
        return (self.folder / "shop.py").read_text()

    def health(self, walk, _step):
        self.folder = walk.place.home / "shop"
        self.text = self.saved
        self.open_terminal(walk)
        self.shown.type("nvim shop.py\r")
        self.shown.shows("DiffGem ✓")
        self.command("checkhealth diffgem")
        self.shown.shows("as the plugin")
        lines = self.shown.lines()
        assert not any("ERROR" in line or "WARN" in line for line in lines), lines
        self.picture("health")
        self.command("q")
        self.shown.shows("class Basket")

    def ghost_text(self, _walk, _step):
        self.go_to("fo$")
        self.shown.type("A")
        self.shown.shows("INSERT")
        self.shown.type("r")
        whole = self.ghost(FO)
        self.picture("ghost-text")
        self.accept("Tab")
        assert self.put_in() == whole
        self.shown.type("u")
        assert self.put_in() == FO

    def by_hand(self, _walk, _step):
        self.shown.type("A")
        self.shown.keys("M-\\")
        self.ghost(FO)
        self.turn("M-]", "(2/")
        self.turn("M-[", "(1/")
        whole = NOTE.sub("", self.ghost(FO))
        column = int(self.accept("M-Right").partition(":")[2])
        word = whole[: column - 1]
        assert FO < word < whole
        assert self.ghost(word) == whole
        self.accept("C-M-Right")
        assert self.put_in() == whole

    def fill(self, _walk, _step):
        head, tail = self.saved.split("...")
        self.go_to(r"\.\.\.")
        self.shown.type("gra")
        number = self.shown.until(lambda lines: re.search(CHOICE, "\n".join(lines)), "the list")
        self.picture("actions")
        self.shown.type(f"{number[1]}\r")
        self.shown.until(lambda lines: not any("..." in line for line in lines), "the text")
        self.write()
        filled = self.saved
        assert filled.startswith(head)
        assert filled.endswith(tail)
        assert filled[len(head) : -len(tail)].strip()

    def next_edit(self, _walk, _step):
        before = self.saved
        self.go_to("tax)")
        self.shown.type("ea_rate")
        self.shown.keys("Escape")
        self.shown.shows("next edit")
        self.picture("next-edit")
        self.shown.keys("Tab")
        self.shown.shows("applies")
        self.shown.keys("Tab")
        self.shown.shows("(1 + tax_rate)")
        self.write()
        assert self.saved == before.replace("tax", "tax_rate")

    def explain(self, _walk, _step):
        self.command("DiffGem explain")
        self.shown.shows("What the engine is sent for this place")
        self.picture("explain")
        self.shown.type("q")
        self.shown.until(lambda lines: not any("What the engine" in line for line in lines), "q")

    def status(self, _walk, _step):
        self.command("e private.py")
        self.shown.shows("DiffGem ✗")
        self.shown.type("Gox")
        self.shown.keys("Escape")
        self.command("DiffGem status")
        self.shown.shows("private.py is ignored")
        self.picture("status")
        self.shown.keys("Enter")
        self.leave()

    def settings(self, _walk, _step):
        self.shown.type("nvim prices.json\r")
        self.shown.shows("DiffGem ✗")
        self.command("e shop.py")
        self.shown.shows("DiffGem ✓")
        self.command("DiffGem status")
        self.shown.shows("ready when asked")
        self.leave()
        self.stack.close()

    def open_terminal(self, walk):
        nvim = program("0.12")
        there = walk.place.environment
        path = os.pathsep.join([str(nvim.path.parent), there["PATH"]])
        given = {**there, "PATH": path, "VIMRUNTIME": str(nvim.runtime), "PS1": PROMPT}
        shell = terminal(["bash", "--norc"], walk.place.home / "run", given, SIZE)
        self.shown = self.stack.enter_context(shell)
        self.shown.shows(PROMPT.strip())
        self.shown.type("cd ~/shop\r")

    def leave(self):
        """Back to the shell."""
        self.command("qa!")
        self.shown.until(lambda lines: lines[-1].startswith(PROMPT.strip()), "the shell")

    def command(self, words):
        self.shown.type(f":{words}\r")

    def go_to(self, pattern):
        self.shown.keys("Escape")
        self.shown.type(f"/{pattern}\r")

    def row_of_smallest(self, lines):
        """As it is drawn: the line that is completed, with what is shown behind the cursor."""
        return lines[self.text.splitlines().index("        fo")].rstrip()

    def ghost(self, typed):
        """The line, once something is shown behind what was `typed`."""

        def shown(lines):
            row = self.row_of_smallest(lines)
            return row if row.startswith(typed) and row != typed else None

        return self.shown.until(shown, "ghost text")

    def turn(self, key, note):
        """To another alternative: which of how many it is stands behind it."""
        self.shown.keys(key)
        self.shown.until(lambda lines: note in self.row_of_smallest(lines), note)

    def accept(self, key):
        """Where the cursor is then, once it has moved: as `place` has it."""
        before = place(self.shown.lines())
        self.shown.keys(key)

        def moved(lines):
            now = place(lines)
            return now if now != before else None

        return self.shown.until(moved, "what was accepted")

    def put_in(self):
        """The line of `smallest` that has been completed: it is saved."""
        self.write()
        lines, before = self.saved.splitlines(), self.text.splitlines()
        at = before.index("        fo")
        assert lines[:at] + lines[at + 1 :] == before[:at] + before[at + 1 :]
        return lines[at]

    def write(self):
        self.writings += 1
        self.shown.keys("Escape")
        self.command(f"w | redraw | echo 'the file is saved for the {self.writings}. time'")
        self.shown.shows(f"saved for the {self.writings}. time")

    def picture(self, name):
        if named := os.environ.get("DIFFGEM_PICTURES"):
            self.shown.picture("Neovim").save(ROOT / named / f"walk-nvim-{name}.png")


def place(lines):
    """Where the cursor is, by the statusline of the page."""
    found = (re.search(r"DiffGem.* (\d+:\d+)$", line.rstrip()) for line in lines)
    return next((each[1] for each in found if each), None)
