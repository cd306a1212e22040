"""Neovim 0.12 with the page's snippet and no plugin: its own ghost text."""

import pytest
import scenes
from snippet_neovim import neovim_with

pytestmark = pytest.mark.editor


@pytest.fixture(scope="module")
def alone(box):
    with neovim_with("Neovim without the plugin", box.socket) as started:
        yield started


@pytest.fixture
def nvim(alone):
    yield alone
    alone.forget()


@pytest.mark.parametrize("scene", [scenes.GHOST, scenes.UNICODE, scenes.FAR_FOLDER])
def test_ghost_text_is_accepted(nvim, scene):
    before, after = nvim.play(scene)
    text = nvim.suggestion()
    assert nvim.text == before + after
    nvim.keys("<Tab>")
    nvim.until(lambda: nvim.text != before + after, "what was accepted")
    assert nvim.text == before + text + after
    assert nvim.seen("served") == nvim.text
    nvim.keys("<Esc>u")
    assert nvim.text == scenes.FILES[scene.file]  # one change, from where Insert mode began


def test_cancelling_leaves_the_text_alone(nvim):
    before, after = nvim.play(scenes.GHOST)
    nvim.suggestion()
    nvim.keys("<Esc>")
    assert nvim.ghost is None
    assert nvim.text == before + after
    assert nvim.seen("served") == nvim.text


def test_tab_is_tab_where_nothing_is_shown(nvim):
    before, after = nvim.play(scenes.EXCLUDED)
    assert nvim.seen("ask", "diffgem/status")["state"] == "off"
    nvim.keys("<Tab>")
    indented, _ = nvim.around()
    assert nvim.ghost is None
    assert indented[: len(before)] == before
    assert indented[len(before) :].isspace()
    assert nvim.text == indented + after
