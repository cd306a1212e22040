"""Suites of Emacs' own test tool, in a batch Emacs that has the page's snippet as its init file."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import scenes
from installed import place

HERE = Path(__file__).parent
LONGEST_S = 400
GHOST = "ghost-suite.el"  # what the suites of ghost text share


def names(*suites):
    texts = [(HERE / suite).read_text() for suite in suites]
    return [name for text in texts for name in re.findall(r"\(ert-deftest (\S+)", text)]


def run(suite, init, box, folder):
    """The problem of each test of the suite by its name, or None."""
    scenes.write_workspace(folder / "work")
    (folder / "init.el").write_text(init)
    (folder / "scenes.json").write_text(scenes.as_json())
    outcomes = folder / "outcomes"
    before, after = ["-l", folder / "init.el", "-L", HERE, "-l", suite], ["-f", "play-run"]
    ended = subprocess.run(
        [place("emacs", "emacs"), "--batch", "-Q", *before, *after],
        env=environment(box, folder),
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    if ended.returncode or not outcomes.exists():
        pytest.fail(f"Emacs ended with {ended.returncode}: {ended.stderr[-4000:]}")
    found = map(json.loads, outcomes.read_text().splitlines())
    return {each["name"]: each["problem"] for each in found}


def environment(box, folder):
    return {
        **box.environment,
        "LANG": "C.UTF-8",
        "DIFFGEM_SOCKET": str(box.socket),
        "PLAY_WORKSPACE": str(folder / "work"),
        "PLAY_SCENES": str(folder / "scenes.json"),
        "PLAY_RESULTS": str(folder / "outcomes"),
    }
