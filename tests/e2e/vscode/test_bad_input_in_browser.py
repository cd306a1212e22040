"""What goes wrong for users: a message that says what to do, and an editor that edits."""

import pytest
from editing import completes, edits
from programs import AILING, HOMELESS, OTHER_VERSION, PLAIN, TELLTALE, program

pytestmark = pytest.mark.editor


def test_no_server(started):
    window = started(**{"diffgem.server.path": ""})
    said = window.notification("DiffGem needs its language server")
    assert {"Install", "Choose Program…"} <= set(said.buttons)
    window.wait_for_status("not installed")
    edits(window)


def test_a_setting_that_names_no_program(started):
    window = started(**{"diffgem.server.path": "/no/such/program"})
    said = window.notification("no program is at /no/such/program")
    assert "diffgem.server.path" in said.text
    assert said.buttons == ["Open Settings"]
    edits(window)


def test_a_setting_that_the_server_cannot_take(started):
    window = started(**{"diffgem.steps": "many"})
    said = window.notification("diffgem.steps")
    assert "the setting diffgem.steps should be a whole number" in said.text
    assert said.buttons == ["Open Settings"]
    window.page("click", '.notification-toast .monaco-button:text-is("Open Settings")')
    window.wait_for_text("Diffgem: Steps", ".settings-editor .setting-item")


def test_a_server_of_another_version(box, started):
    newer = program(box.folder / "newer" / "diffgem-lsp", OTHER_VERSION)
    window = started(**{"diffgem.server.path": newer})
    said = window.notification("0.99.0")
    assert "newer than this extension" in said.text
    assert "Update the extension" in said.text
    completes(window)


def test_a_server_that_ends_at_once(box, started):
    """Started again and again for ever, or left without a word."""
    ailing = program(box.folder / "ailing" / "diffgem-lsp", AILING)
    window = started(**{"diffgem.server.path": ailing})
    said = window.notification("keeps ending")
    assert "no module named pygls" in said.text
    assert said.buttons == ["Restart", "Show Log"]
    edits(window)


def test_no_engine(box, started):
    socket = str(box.folder / "none")
    window = started(
        **{"diffgem.engineSocket": socket, "diffgem.engineCommand": ["/bin/sh", "-c", "exit 7"]}
    )
    said = window.notification("DiffGem")
    print(said)
    edits(window)


def test_no_model(box, started):
    socket = str(box.folder / "other")
    window = started(**{"diffgem.engineSocket": socket, "diffgem.model": "/no/such/model"})
    said = window.notification("/no/such/model")
    print(said)
    edits(window)


def test_a_folder_and_a_program_with_blanks_and_signs_in_their_names(box, started):
    plain = program(box.folder / "pro gram ☕" / "diffgem-lsp", PLAIN)
    completes(started("naïve ☕ shop", **{"diffgem.server.path": plain}))


def test_two_windows_at_once_share_an_engine(box, started):
    first, second = started(), started()
    completes(first)
    completes(second)
    assert len(box.engines()) == 1


def test_a_program_that_a_user_names_in_a_folder_that_is_not_trusted(started):
    """It was run: a relative name is one in whichever folder is open."""
    named = {"diffgem.server.path": ".venv/bin/diffgem-lsp"}
    window = started(**named, **{"security.workspace.trust.enabled": True})
    telltale = window.workspace / ".venv" / "bin" / "diffgem-lsp"
    program(telltale, TELLTALE)
    window.page("reload")
    window.wait_for_text("Restricted Mode", ".statusbar-item")
    window.wait_for_status(
        "the setting diffgem.server.path names, is in a folder that is not trusted"
    )
    said = window.notification("is in a folder that is not trusted")
    assert "Trust the folder, or name a program elsewhere." in said.text
    assert said.buttons == ["Manage Trust", "Open Settings"]
    assert not telltale.with_name("was-run").exists()


def test_a_setting_of_another_type_counts_as_not_set(started):
    """The server started for ever."""
    window = started(**{"diffgem.server.path": 5})
    window.wait_for_status("not installed")
    edits(window)


def test_nothing_of_a_folder_is_run_until_it_is_trusted(started):
    window = started(**{"diffgem.server.path": "", "security.workspace.trust.enabled": True})
    telltale = window.workspace / ".venv" / "bin" / "diffgem-lsp"
    program(telltale, TELLTALE)
    window.page("reload")
    window.wait_for_text("Restricted Mode", ".statusbar-item")
    window.wait_for_status("not installed")
    edits(window)
    assert not telltale.with_name("was-run").exists()
    window.run_command("Workspaces: Manage Workspace Trust")
    window.page("click", '.workspace-trust-editor .monaco-button:text-is("Trust")')
    window.wait_for_status("Ready")
    assert telltale.with_name("was-run").exists()


def test_a_home_that_nothing_can_be_written_to(box, started):
    homeless = program(box.folder / "homeless" / "diffgem-lsp", HOMELESS)
    completes(started(**{"diffgem.server.path": homeless}))
