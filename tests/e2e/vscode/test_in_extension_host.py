"""The suite in editors/vscode/test: the real `vscode` API, keys and what is drawn."""

import re

import pytest
from extension import FOLDER

pytestmark = pytest.mark.editor
NAMED = re.compile(r'^(?:test\(|  \[)"(.+?)", (?:async|\(\) =>|")', re.MULTILINE)
NAMES = [
    name
    for path in sorted((FOLDER / "test").glob("*.test.ts"))
    for name in NAMED.findall(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("name", NAMES)
def test_in_vs_code(outcomes, name):
    outcome = outcomes.get(name)
    assert outcome, f"it was never run: {outcomes.get('ready')}"
    assert "error" not in outcome, outcome["error"]


def test_no_test_hides_from_pytest(outcomes):
    """One whose name the pattern does not see would fail unseen."""
    assert set(outcomes) <= set(NAMES)
    assert NAMES
