"""What goes wrong for users: a message that says what to do, and an editor that edits."""

import itertools
import os
from pathlib import Path

import pytest
import scenes
from browsing import Page
from installed import CACHE_HOME
from programs import AILING, HOMELESS, OTHER_VERSION, PLAIN, TELLTALE, program
from serving import install, served, settings_of, write_settings
from window import BUTTONS, GHOST, Window

pytestmark = pytest.mark.editor
PATH = "/usr/bin:/bin"  # without the server of this environment
INSTALLED_WITHIN_MS = 240_000
PIP = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}


@pytest.fixture(scope="module")
def code(box, vsix):
    folder = box.folder / "troubled"
    install(box, folder, vsix)
    with served(box, folder, settings_of(box), PATH=PATH, **pip_of_the_user()) as code:
        yield code


def pip_of_the_user():
    """Its cache and where it fetches from, in a home that is not the user's."""
    own = {"PIP_CACHE_DIR": str(CACHE_HOME / "pip")}
    for name in (".config/pip/pip.conf", ".pip/pip.conf"):
        if (file := Path.home() / name).exists():
            own["PIP_CONFIG_FILE"] = str(file)
    return {**own, **PIP}


@pytest.fixture
def started(box, code, chromium, request):
    """A new window on a new workspace, for a user with such settings."""
    pages = []

    def start(name="shop", **settings):
        number = next(NUMBERS)
        workspace = box.folder / f"w{number}" / name
        workspace.mkdir(parents=True)
        scenes.write_workspace(workspace)
        write_settings(code.folder, settings_of(box, **settings))
        pages.append(Page(chromium, f"troubled {number}"))
        window = Window(pages[-1])
        window.workspace = workspace
        window.open(code.url(workspace))
        return window

    yield start
    for page in pages:
        page.close()


NUMBERS = itertools.count()


def completes(window):
    """Ghost text is shown, accepted and saved."""
    window.wait_for_status("Ready")
    text, at = types_in(window)
    shown = window.ghost()
    window.page.press("Tab")
    window.page.wait(GHOST, state="detached")
    window.save()
    saved = (window.workspace / scenes.GHOST.file).read_bytes().decode()
    put = saved[at : len(saved) - len(text[at:])]
    assert put.split("\n")[0] == shown
    assert saved == text[:at] + put + text[at:]


def edits(window):
    """A key is a key, and no text comes by itself."""
    text, _ = types_in(window)
    window.save()
    assert (window.workspace / scenes.GHOST.file).read_bytes().decode() == text


def types_in(window):
    text, at = scenes.typed(scenes.GHOST)
    window.open_file(scenes.GHOST.file)
    window.go_to(scenes.FILES[scenes.GHOST.file], at - len(scenes.GHOST.keys))
    window.page.type(scenes.GHOST.keys)
    window.page.wait(".tab.active.dirty")
    return text, at


def test_no_server(started):
    window = started(**{"diffgem.server.path": ""})
    said = window.notification("DiffGem needs its language server")
    assert {"Install", "Choose Program…"} <= set(said.buttons)
    window.wait_for_status("not installed")
    edits(window)


def test_where_there_is_no_server_the_extension_installs_the_one_it_carries(code, started):
    """Without an engine, by the index that pip has; the engine is that of another window."""
    started().wait_for_status("Ready")
    window = started(**{"diffgem.server.path": ""})
    window.notification("DiffGem needs its language server")
    window.page("click", f'{BUTTONS} >> text="Install"')
    window.page("click", '.quick-input-list .monaco-list-row:has-text("Only the server")')
    window.wait_for_status("Ready", timeout=INSTALLED_WITHIN_MS)
    completes(window)
    (program,) = code.folder.glob("user/User/globalStorage/diffgem.diffgem/**/bin/diffgem-lsp")
    assert str(code.folder) in program.read_text().partition("\n")[0]


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
