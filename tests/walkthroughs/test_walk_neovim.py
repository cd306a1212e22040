"""The plugin in a Neovim without a configuration, every feature once, and nothing left of it."""

import contextlib

import pytest
from walk_nvim_steps import Steps


@pytest.fixture
def steps():
    with contextlib.ExitStack() as stack:
        yield Steps(stack)


@pytest.mark.walkthrough
def test_the_page_is_true(walk, steps):
    by_hand = {
        "health": steps.health,
        "ghost-text": steps.ghost_text,
        "by-hand": steps.by_hand,
        "fill": steps.fill,
        "next-edit": steps.next_edit,
        "explain": steps.explain,
        "status": steps.status,
        "settings": steps.settings,
    }
    walk("neovim.md", limit_s=600, by_hand=by_hand)
