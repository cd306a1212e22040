"""The packaged extension as its users have it: installed, in a browser, with a keyboard.

Each test goes on in the window of the one before, and what is done is filmed.
"""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest
import scenes
from browsing import BrowserError, Page
from pictures import Camera
from serving import install, served, settings_of
from window import GHOST, Window

pytestmark = pytest.mark.editor
WALKTHROUGH = ".gettingStartedContainer"
FOUND = '[data-done-step-id="diffgem.diffgem#start#server"][aria-checked="true"]'
LOOKS = {
    "chat.commandCenter.enabled": False,
    "editor.fontSize": 17,
    "editor.minimap.enabled": False,
    "editor.stickyScroll.enabled": False,
    "remote.autoForwardPorts": False,
    "workbench.colorTheme": "Default Dark Modern",
}


@pytest.fixture(scope="module")
def workspace(box):
    folder = box.folder / "installed" / "shop"
    folder.mkdir(parents=True)
    scenes.write_workspace(folder)
    return folder


@pytest.fixture(scope="module")
def page(box, chromium, workspace, vsix):
    folder = workspace.parent / "code"
    install(box, folder, vsix)
    with served(box, folder, settings_of(box, **LOOKS)) as code:
        pages = at_once(chromium, code.url(workspace))
        (page,) = (each for each in pages if is_welcomed(each))  # one, of all that opened
        [each.close() for each in pages if each is not page]
        yield page
        page.close()


def at_once(chromium, url):
    """Two windows that open at the same time, once both are past their start."""
    pages = [Page(chromium, name) for name in ("installed", "beside it")]
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda page: Window(page).open(url), pages))
    for page in pages:
        Window(page).wait_for_status("Ready")
    return pages


def is_welcomed(page):
    with contextlib.suppress(BrowserError):
        page.wait(WALKTHROUGH, timeout=3_000)
        return True
    return False


@pytest.fixture(scope="module")
def window(page):
    return Window(page)


@pytest.fixture(scope="module")
def camera(page, tmp_path_factory):
    made = Camera(page, tmp_path_factory.mktemp("pictures"))
    yield made
    assert made.film("vscode.webp").stat().st_size < 2_000_000


def test_the_walkthrough_is_open_at_the_first_start(page, window):
    window.wait_for_text("Get started with DiffGem", WALKTHROUGH)
    page.wait(FOUND)  # the server is there already: nothing is to be done
    window.run_command("View: Close All Editors")
    page.wait(WALKTHROUGH, state="detached")
    page.press("Control+b")  # more room for the code


def test_ghost_text_is_accepted_and_saved(page, window, camera, workspace):
    text, at = scenes.typed(scenes.GHOST)
    window.open_file(scenes.GHOST.file)
    window.wait_for_status("Ready")
    window.go_to(scenes.FILES[scenes.GHOST.file], at - len(scenes.GHOST.keys))
    camera.frame(800)
    page.type(scenes.GHOST.keys)
    shown = window.ghost()
    camera.frame(1500)
    camera.still("vscode-ghost-text.png")
    page.press("Tab")
    page.wait(GHOST, state="detached")
    camera.frame(1000)
    window.save()
    saved = (workspace / scenes.GHOST.file).read_bytes().decode()
    put = saved[at : len(saved) - len(text[at:])]
    assert put.split("\n")[0] == shown
    assert saved == text[:at] + put + text[at:]


def test_a_code_action_fills_the_hole_and_one_undo_takes_it_back(page, window, camera, workspace):
    file = workspace / scenes.GHOST.file
    before = file.read_bytes().decode()
    head, tail = before.split(scenes.HOLE)
    window.go_to(before, len(head))

    def listed():
        camera.frame(1500)
        camera.still("vscode-code-action.png")

    window.choose(scenes.FILL, ".tab.active.dirty", listed)
    camera.frame(1500)
    window.save()
    filled = file.read_bytes().decode()
    assert filled.startswith(head)
    assert filled.endswith(tail)
    assert scenes.HOLE not in filled
    page.press("Control+z")
    page.wait(".tab.active.dirty")
    window.save()
    assert file.read_bytes().decode() == before


def test_a_next_edit_is_gone_to_and_applied(page, window, camera, workspace):
    scene = scenes.RENAME
    window.open_file(scene.file)
    before = scenes.FILES[scene.file]
    window.go_to(before, before.index(scene.after) + len(scene.after))
    for key in scene.keys:
        page.type(key)
        camera.frame(150)
    window.wait_for_hint("Tab goes here")
    camera.frame(1500)
    camera.still("vscode-next-edit.png")
    page.press("Tab")
    window.wait_for_hint("Tab accepts")
    camera.frame(1000)
    page.press("Tab")
    page.wait(".view-line >> text=/result.-.discount_rate/")
    camera.frame(2000)
    window.save()
    assert (workspace / scene.file).read_bytes().decode() == scenes.RENAMED
