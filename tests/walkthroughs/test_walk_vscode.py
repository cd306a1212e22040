"""The .vsix in an empty VS Code, every feature once, and nothing left of it."""

import contextlib

import pytest
from walk_code import environment
from walk_code_steps import Steps


@pytest.fixture
def steps():
    with contextlib.ExitStack() as stack:
        yield Steps(stack)


@pytest.mark.walkthrough
def test_the_page_is_true(walk, steps, tmp_path):
    by_hand = {
        "install-server": steps.install_server,
        "ghost-text": steps.ghost_text,
        "by-hand": steps.by_hand,
        "fill": steps.fill,
        "preview": steps.preview,
        "next-edit": steps.next_edit,
        "status": steps.status,
        "explain": steps.explain,
        "settings": steps.settings,
        "statistics": steps.statistics,
        "remove": steps.remove,
    }
    walk("vscode.md", limit_s=900, by_hand=by_hand, environment=environment(tmp_path))
