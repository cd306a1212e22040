"""What a page about VS Code has done by hand: each step, and what must be seen of it."""

import contextlib
import os
import time

from attrs import define
from walk_code import screens, settings_with, window_of
from window import GHOST, OURS, TOAST

TRUSTING = ".workspace-trust-editor"
TRUST = f'{TRUSTING} .monaco-button:text-is("Trust")'
ROW = ".quick-input-list .monaco-list-row"
WALKTHROUGH = ".gettingStartedContainer"
CLOSE = '[aria-label^="Close Modal Editor"]'
MODAL_TEXT = ".modal-editor-part .view-lines"
PATIENCE_S = 60
DIALOG = ".monaco-dialog-box .monaco-button"
DIFF = ".monaco-diff-editor .modified .monaco-editor.focused"
WRITTEN = {"timeout": 15_000}
INSTALLED_MS = 500_000
SMALLEST = "def smallest(self):\n        result = 0\n        fo"
SELECTED = "result = 0\n        for price in self.prices:\n            result += price"


@define
class Steps:
    """In the order of the page; each goes on where the one before has stopped."""

    stack: contextlib.ExitStack
    window: object = None
    folder: object = None
    text: str = ""  # of shop.py, before anything is typed

    @property
    def page(self):
        return self.window.page

    @property
    def saved(self):
        return (self.folder / "shop.py").read_text()

    def install_server(self, walk, _step):
        self.folder = walk.place.home / "shop"
        screen = self.stack.enter_context(screens())
        self.window = self.stack.enter_context(window_of(walk.place, self.folder, screen))
        self.window.wait_for_text("Get started with DiffGem", WALKTHROUGH)
        self.trust()
        said = self.window.notification("DiffGem needs its language server")
        assert "Install" in said.buttons
        self.page("click", f'{TOAST} .monaco-button:text-is("Install")')
        self.page("click", f'{ROW}:has-text("With an engine on this machine")')
        self.window.wait_for_status("Ready", timeout=INSTALLED_MS)

    def ghost_text(self, _walk, _step):
        self.window.open_file("shop.py")
        self.text = self.saved
        self.go_behind(SMALLEST)
        self.page.type("r")
        shown = self.window.ghost()
        self.picture("ghost-text")
        self.page.press("Tab")
        self.page.wait(GHOST, state="detached")
        assert self.put_in().split("\n")[0] == shown
        self.page.press("Control+z")
        assert self.put_in() == ""

    def by_hand(self, _walk, _step):
        self.page.press("Alt+\\")
        self.window.ghost()
        self.page.press("Alt+]", "Alt+[")
        shown = self.window.ghost()
        self.page.press("Control+ArrowRight")
        word = self.put_in()
        assert 0 < len(word) < len(shown)
        assert shown.startswith(word)
        self.page.press("Alt+End")
        assert self.put_in() == shown

    def fill(self, _walk, _step):
        before = self.saved
        head, tail = before.split("...")
        self.go_behind(head)
        self.window.choose("Fill this hole", ".tab.active.dirty", lambda: self.picture("actions"))
        self.window.save()
        filled = self.saved
        assert filled.startswith(head)
        assert filled.endswith(tail)
        assert filled[len(head) : -len(tail)].strip()
        assert "..." not in filled

    def preview(self, _walk, _step):
        before = self.saved
        self.select()
        self.window.choose("Regenerate the selection", DIFF, within=WRITTEN)
        self.picture("preview")
        self.page.press("Escape")
        self.page.wait(DIFF, state="detached")
        self.window.open_file("shop.py")
        assert self.saved == before

    def next_edit(self, _walk, _step):
        before = self.saved
        self.go_behind("def total(self, tax")
        for key in "_rate":
            self.page.type(key)
        self.window.wait_for_hint("Tab goes here")
        self.picture("next-edit")
        self.page.press("Tab")
        self.window.wait_for_hint("Tab accepts")
        self.page.press("Tab")
        self.page.wait(".view-line >> text=/1.\\+.tax_rate/")
        self.window.save()
        assert self.saved == before.replace("tax", "tax_rate")

    def status(self, _walk, _step):
        self.page("dblclick", '.explorer-folders-view .monaco-list-row:has-text("private.py")')
        self.page.wait('.tab.active:has-text("private.py")')
        self.page("click", ".editor-instance .view-lines")
        self.page.type("x")
        self.window.wait_for_status("private.py is ignored")
        self.page("click", OURS)
        self.page.wait(f'{ROW}.focused:has-text("private.py is ignored")')
        self.picture("menu")
        self.page.press("Escape", "Control+z")

    def explain(self, _walk, _step):
        self.window.open_file("shop.py")
        self.menu("Explain What Is Sent Here")
        self.page.wait('.tab.active:has-text("Preview shop.py:")')
        self.picture("explain")

    def settings(self, walk, step):
        (block,) = step.blocks
        text = settings_with(block.text)
        self.window.run_command("Preferences: Open User Settings (JSON)")
        self.page("click", MODAL_TEXT)
        self.page.press("Control+a")
        self.page("evaluate", f"navigator.clipboard.writeText({text!r})")
        self.page.press("Control+v", "Control+s")
        await_text(walk.place.home / ".config/Code/User/settings.json", text)
        self.page("click", CLOSE)
        self.page.wait(MODAL_TEXT, state="detached")
        self.window.open_file("README.md")
        self.window.wait_for_status("Off here")
        self.window.open_file("shop.py")
        self.window.wait_for_status("Ready when asked")

    def statistics(self, _walk, _step):
        self.menu("What Became of the Suggestions")
        self.window.wait_for_text("accepted", ".editor-instance .view-line")
        self.picture("statistics")

    def remove(self, walk, _step):
        self.window.run_command("DiffGem: Remove the Server and What It Keeps…")
        self.page("click", f'{DIALOG}:text-is("Remove")')
        self.window.wait_for_status("The language server was removed")
        left = [path for path in walk.place.home.rglob("*iff?em*") if "logs" not in path.parts]
        assert [path.name for path in left if "extensions" not in path.parts] == []
        self.stack.close()

    def select(self):
        """The lines of `total` that the page names."""
        self.go_behind(self.saved.partition(SELECTED)[0])
        self.page.press("Shift+ArrowDown", "Shift+ArrowDown", "Shift+End")

    def trust(self):
        self.page("click", '.part.banner >> text="Manage"')
        self.page("click", TRUST)
        self.window.wait_for_text("You trust this folder", TRUSTING)
        self.page("click", CLOSE)
        self.page.wait(TRUSTING, state="detached")

    def menu(self, entry):
        self.page("click", OURS)
        self.page("click", f'{ROW}:has-text("{entry}")')

    def go_behind(self, text):
        whole = self.saved
        self.window.go_to(whole, whole.index(text) + len(text))

    def put_in(self):
        """What stands behind the `r` that was typed, and that nobody has typed: it is saved."""
        self.window.save()
        at = self.text.index(SMALLEST) + len(SMALLEST)
        now, head, tail = self.saved, self.text[:at] + "r", self.text[at:]
        assert now.startswith(head)
        assert now.endswith(tail)
        return now[len(head) : len(now) - len(tail)]

    def picture(self, name):
        folder = os.environ.get("DIFFGEM_PICTURES")
        if folder:
            self.page("screenshot", {"path": f"{folder}/walk-{name}.png"})


def await_text(path, text):
    """Until the file has it."""
    until = time.monotonic() + PATIENCE_S
    while path.read_text() != text:
        assert time.monotonic() < until, f"{path} was not saved"
        time.sleep(0.05)
