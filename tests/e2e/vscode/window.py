"""What a user does in a window of VS Code, and what is drawn there."""

import contextlib
import re

from attrs import frozen
from browsing import BrowserError

GHOST = '.view-lines [class*="ghost-text-decoration"]'
OURS = '[id="diffgem.diffgem.diffgem"]'
QUICK_INPUT = ".quick-input-widget input"
TEXTS = "(selector) => [...document.querySelectorAll(selector)].map((each) => each.textContent)"


BESIDE = """(words) => [...document.querySelectorAll(".view-line span")].some((each) =>
  getComputedStyle(each, "::after").content.replaceAll("\u00a0", " ").includes(words))"""
ACTIONS = ".action-widget"
BUTTONS = ".notification-toast .monaco-button"
SOON = {"timeout": 5_000}
TOAST = ".notification-toast"


@frozen
class Notification:
    text: str
    buttons: list[str]


class Window:
    def __init__(self, page):
        self.page = page

    def open(self, url):
        self.page("goto", url)
        self.page.wait(OURS)

    def open_file(self, name):
        """By its path in the workspace."""
        last = name.rpartition("/")[2]
        self._quickly("Control+p", name, last)
        self.page.wait(f'.tab.active:has-text("{last}")')
        self.page.wait(".editor-instance .view-line")

    def go_to(self, text, offset):
        """The cursor, to a code point of the file's text."""
        head = text[:offset].split("\n")
        line, column = len(head), len(head[-1].encode("utf-16-le")) // 2 + 1
        self._quickly("Control+g", f":{line}:{column}", str(line))
        self.wait_for_text(f"Ln {line}, Col {column}", ".statusbar-item")

    def run_command(self, title):
        self._quickly("F1", f">{title}", title)

    def _quickly(self, key, words, expected):
        """Enter counts once the list has what is `expected` there."""
        row = f'.quick-input-list .monaco-list-row.focused:has-text("{expected}")'
        for soon in (SOON, SOON, SOON, {}):  # what takes the focus at the start closes the list
            self.page.press(key)
            with contextlib.suppress(*[BrowserError] if soon else []):
                self.page("fill", QUICK_INPUT, words, soon)
                self.page.wait(row, **soon)
                break
        self.page.press("Enter")
        self.page.wait(QUICK_INPUT, state="hidden")

    def choose(self, title, seen, listed=lambda: None, within=None):
        """In the menu of code actions, until there is what is to be `seen`; `within` is for what
        takes longer to write.

        Why it may have to be chosen again: editors/vscode/test/menu.ts.
        """
        item = f"{ACTIONS} >> text={title}"
        for soon in (SOON, SOON, SOON, {}):
            self.page.press("Control+.")
            with contextlib.suppress(*[BrowserError] if soon else []):
                self.page.wait(item, **soon)
                listed()
                self.page("click", item, soon)
                self.page.wait(seen, **((soon and within) or soon))
                break
            if self.page("isVisible", ACTIONS):  # else it would end the selection
                self.page.press("Escape")

    def texts(self, selector):
        found = self.page("evaluate", f"({TEXTS})({selector!r})")
        return [each.replace("\xa0", " ") for each in found]

    def ghost(self):
        """What is drawn of it in the cursor's line, once anything is."""
        self.page.wait(GHOST)
        return "".join(self.texts(GHOST))

    def wait_for_text(self, text, selector):
        self.page.wait(f"{selector} >> text=/{re.escape(text)}/")

    def save(self):
        self.page.press("Control+s")
        self.page.wait(".tab.active.dirty", state="detached")

    def wait_for_status(self, words, **options):
        """In what our item of the status bar says to who hears it."""
        labelled = f'[aria-label*="{words}"]'
        self.page.wait(f"{OURS} {labelled}, {OURS}{labelled}", **options)

    def hide(self, ids):
        """By style: VS Code has no setting for the items of its status bar, and its menu is in the
        way of windows that open at once."""
        hidden = ", ".join(f'[id="{each}"]' for each in ids)
        self.page("addStyleTag", {"content": f"{hidden} {{ display: none !important }}"})

    def wait_for_hint(self, words):
        """Which decorations write beside the text: it is not in the page's own."""
        self.page("waitForFunction", f"({BESIDE})({words!r})")

    def notification(self, words):
        """The one with these words."""
        toast = f"{TOAST}:has-text({words!r})"
        self.page.wait(toast)
        text = self.page("textContent", f"{toast} .notification-list-item-message")
        return Notification(text, self.texts(BUTTONS))
