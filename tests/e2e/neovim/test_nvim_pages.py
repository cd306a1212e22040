"""Pages that open when what they show has come, whatever the user does by then."""

import os

import pytest
from embedded import neovim
from fakes import short_folder
from neovims import program, quoted, write_init

pytestmark = pytest.mark.editor

SHOWN = "vim.fn.bufwinid('diffgem://doctor') > 0"


@pytest.fixture(scope="module")
def one_doctor(version):
    """A Neovim whose doctor looks until findings come through the pipe."""
    with short_folder() as folder:
        os.mkfifo(folder / "findings")
        doctor = folder / "diffgem-lsp"
        doctor.write_text(f'#!/bin/sh\nexec cat "{folder}/findings"\n')
        doctor.chmod(0o700)
        (folder / "notes.txt").write_text("")
        init = write_init(folder / "init.lua", f"{{ cmd = {{ {quoted(doctor)} }} }}")
        with neovim(program(version), folder, init, folder) as started:
            yield started


@pytest.fixture
def asked(one_doctor):
    """While the doctor looks, in a file of the user's own."""
    one_doctor.forget()
    one_doctor.command("only | edit notes.txt | DiffGem doctor")
    yield one_doctor
    one_doctor.keys("<Esc>")
    assert one_doctor.api.eval("v:errmsg") == ""


def find(nvim, text):
    (nvim.workspace / "findings").write_text(text)


def shown(nvim):
    return nvim.lua(
        "return vim.api.nvim_buf_get_lines(vim.fn.bufnr('diffgem://doctor'), 0, -1, false)"
    )


def test_the_cursor_goes_to_what_the_user_waits_for(asked):
    find(asked, "all is well")
    asked.until_lua(SHOWN)
    assert asked.api.current.buffer[:] == shown(asked) == ["all is well"]
    asked.keys("q")
    assert len(asked.api.windows) == 1


def test_keys_of_a_user_who_types_on_stay_theirs(asked):
    """They went to the page, which cannot be changed: E21, and what was typed was lost."""
    asked.keys("i")
    find(asked, "all is well")
    asked.until_lua(SHOWN)
    asked.type("abc")
    assert asked.mode == "i"
    assert asked.text == "abc\n"
    assert shown(asked) == ["all is well"]


def test_a_user_who_has_gone_to_another_window_stays_there(asked):
    asked.command("new")
    there = asked.api.current.window
    find(asked, "all is well")
    asked.until_lua(SHOWN)
    assert asked.api.current.window == there


def test_findings_wait_for_the_command_line_window(asked):
    """No window may be opened beside it: E11, and the findings were lost."""
    asked.keys("q:")
    assert asked.api.eval("getcmdwintype()") == ":"
    find(asked, "all is well")
    asked.until_lua(
        "vim.v.errmsg ~= '' or #vim.api.nvim_get_autocmds({ event = 'CmdwinLeave' }) > 0"
    )
    asked.keys(":quit<CR>")
    asked.until_lua(SHOWN)
    assert shown(asked) == ["all is well"]
