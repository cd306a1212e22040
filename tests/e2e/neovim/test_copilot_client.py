"""A client of Copilot's next edits in Neovim 0.12, configured as the page has it for sidekick.nvim.

sidekick.nvim itself is in no registry that the setup uses: `lua/copilot_client.lua` asks, shows
and applies in its place, over Neovim's own LSP client.
"""

import pytest
import scenes
from snippet_neovim import neovim_with

pytestmark = pytest.mark.editor
CLIENT = "require('copilot_client')"


@pytest.fixture(scope="module")
def one(box):
    heading = "sidekick.nvim and other clients of Copilot's protocol"
    with neovim_with(heading, box.socket) as started:
        started.lua(f"{CLIENT}.begin()")
        yield started


@pytest.fixture
def nvim(one):
    yield one
    one.forget()
    one.lua(f"{CLIENT}.forget()")


def latest_status(nvim):
    statuses = nvim.lua(f"return {CLIENT}.statuses")
    return statuses[-1] if statuses else {}


def with_emoji(text):
    return text.replace("return result -", 'return "☕🍰", result -')


@pytest.mark.parametrize("text", [scenes.ORDERS, with_emoji(scenes.ORDERS)], ids=["ascii", "emoji"])
def test_the_next_edit_is_applied_and_undone_at_once(nvim, text):
    (nvim.workspace / scenes.RENAME.file).write_text(text)
    before, after = nvim.play(scenes.RENAME)
    nvim.keys("<Esc>")
    nvim.until_lua(f"#{CLIENT}.shown > 0")
    assert nvim.text == before + after  # asking changes nothing
    nvim.lua(f"{CLIENT}.apply()")
    assert nvim.text == text.replace("discount", "discount_rate")
    assert nvim.seen("served") == nvim.text
    nvim.until_lua(f"vim.tbl_count({CLIENT}.outcomes) > 1")
    outcomes = nvim.lua(f"return {CLIENT}.outcomes")
    assert not [each for each in outcomes if each.get("err")]
    nvim.keys("u")
    assert nvim.text == before + after
    assert nvim.seen("served") == nvim.text


def test_a_reply_to_an_older_text_is_not_shown(nvim):
    """The user types on before it comes: it would land in the wrong place."""
    before, after = nvim.play(scenes.RENAME)
    nvim.lua(f"{CLIENT}.ask(); vim.api.nvim_buf_set_lines(0, 0, 0, false, {{ 'import os' }})")
    nvim.until_lua(f"#{CLIENT}.outcomes > 0")
    (outcome,) = nvim.lua(f"return {CLIENT}.outcomes")
    assert not outcome.get("err")
    assert nvim.lua(f"return {CLIENT}.shown") == []
    assert nvim.text == "import os\n" + before + after


def test_an_ignored_file_has_none_and_is_inactive(nvim):
    before, after = nvim.play(scenes.EXCLUDED)
    nvim.until(lambda: latest_status(nvim).get("kind") == "Inactive", "an inactive status")
    nvim.keys("<Esc>")
    nvim.until_lua(f"#{CLIENT}.outcomes > 0")
    assert nvim.lua(f"return {CLIENT}.outcomes") == [{"edits": []}]
    assert nvim.text == before + after
    nvim.open("shop.py")
    nvim.until(lambda: latest_status(nvim).get("kind") == "Normal", "a normal status")
