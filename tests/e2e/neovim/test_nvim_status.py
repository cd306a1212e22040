"""What the user is told: why nothing comes, what becomes of the engine, and where help is."""

import os
import signal

import pytest
import scenes
from real import MODEL

pytestmark = pytest.mark.editor

STATUS = "require('diffgem').status()"


def test_the_statusline(nvim):
    nvim.api.command("set laststatus=2 statusline=%f\\ %{v:lua.require'diffgem'.status()}")
    nvim.play(scenes.GHOST)
    nvim.suggestion()
    nvim.until_lua(f"{STATUS}:find(..., 1, true)", f"{MODEL} ")
    drawn = nvim.screens()[-1]
    assert any(nvim.lua(f"return {STATUS}") in line for line in drawn)
    assert nvim.lua(f"return {STATUS}").endswith(" ms")


def test_an_excluded_file_stays_quiet_and_says_why(nvim):
    """Complaint 8: it stopped silently."""
    before, after = nvim.play(scenes.EXCLUDED)
    nvim.until_lua(f"{STATUS}:find('ignored', 1, true)")
    nvim.lua("require('diffgem.inline').trigger()")
    assert nvim.seen("ask", "diffgem/status")["state"] == "off"
    assert nvim.ghost is None
    assert nvim.text == before + after


def test_an_engine_that_is_killed_comes_back(nvim, box):
    """Ghost text never came again, or every key complained."""
    before, after = nvim.play(scenes.GHOST)
    text = nvim.suggestion()
    (pid,) = box.engines()
    os.kill(pid, signal.SIGKILL)
    nvim.keys("<Esc>")
    nvim.until(lambda: box.engines() not in ([], [pid]), "another engine")
    nvim.keys("a")
    assert nvim.suggestion() == text
    nvim.keys("<Tab>")
    nvim.until(lambda: nvim.text != before + after, "what was accepted")
    assert nvim.text == before + text + after
    assert nvim.seen("served") == nvim.text


def test_what_happens_is_asked_for_by_hand(nvim):
    nvim.play(scenes.GHOST)
    nvim.suggestion()
    nvim.keys("<Esc>")
    nvim.command("DiffGem status")
    (said,) = nvim.told()
    assert MODEL in said


def test_explain_shows_what_would_be_sent(nvim):
    before, _ = nvim.play(scenes.GHOST)
    nvim.keys("<Esc>")
    nvim.command("DiffGem explain")
    nvim.until_lua("vim.api.nvim_buf_get_name(0):find('explain', 1, true)")
    shown = "\n".join(nvim.api.current.buffer[:])
    assert before.rpartition("\n")[2] in shown


def test_switched_off_and_on_again(nvim):
    """Complaints 11 and 12: it could not be switched off, for a language or at all."""
    nvim.open("shop.py")
    nvim.command("DiffGem disable python")
    nvim.until(lambda: nvim.seen("ask", "diffgem/status")["state"] == "off", "off")
    before, after = nvim.play(scenes.GHOST)
    nvim.seen("ask", "diffgem/status")
    assert nvim.ghost is None
    nvim.keys("<Esc>")
    nvim.command("DiffGem enable python")
    nvim.keys("a")
    assert nvim.suggestion()
    assert nvim.text == before + after
    assert [said.partition(":")[0] for said in nvim.told()] == ["DiffGem", "DiffGem"]


def test_a_language_that_nobody_knows(nvim):
    """`disable pyhton` was said to be done, and Python stayed on."""
    nvim.command("DiffGem disable pyhton")
    (said,) = nvim.told()
    assert "no filetype" in said
    nvim.command("DiffGem enable pyhton")
    nvim.told()


def test_who_goes_first(typing):
    """The name of the model, while others' requests went before one's own."""
    typing.lua(
        "local client = vim.lsp.get_clients({ name = 'diffgem' })[1];"
        "require('diffgem.status').told(client.id, ...)",
        {"state": "busy", "message": "3 ahead of you", "model": "m", "ahead": 3},
    )
    assert "3 ahead of you" in typing.lua(f"return {STATUS}")
