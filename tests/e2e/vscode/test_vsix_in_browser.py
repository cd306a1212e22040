"""The packaged extension as its users have it: installed, in a browser, with a keyboard.

Each test goes on in the window of the one before, and what is done is filmed.
"""

import contextlib
import os
from concurrent.futures import ThreadPoolExecutor

import pictured
import pytest
import scenes
from browsing import BrowserError, Page
from gallery import CHOSEN, gallery
from pictures import Camera
from serving import install, served, settings_of
from window import GHOST, Window

pytestmark = pytest.mark.editor
WALKTHROUGH = ".gettingStartedContainer"
FOUND = '[data-done-step-id="diffgem.diffgem#start#server"][aria-checked="true"]'
LOOKS = {
    "breadcrumbs.enabled": False,
    "editor.fontSize": 17,
    "editor.minimap.enabled": False,
    "editor.stickyScroll.enabled": False,
    "editor.wordBasedSuggestions": "off",
    "remote.autoForwardPorts": False,
    "window.commandCenter": False,
    "workbench.activityBar.location": "hidden",
    "workbench.colorTheme": "Default Dark Modern",
    "workbench.layoutControl.enabled": False,
    "workbench.navigationControl.enabled": False,
}
NOT_OURS = ("chat.statusBarEntry", "status.workbench.keyboardLayout", "status.forwardedPorts")
VIEW = {"width": 840, "height": 440}


@pytest.fixture(scope="module")
def workspace(box):
    folder = box.folder / "installed" / "shop"
    folder.mkdir(parents=True)
    scenes.write_workspace(folder)
    (folder / pictured.FILE).write_text(pictured.TEXT)
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
    made = Camera(page)
    yield made
    film = made.film(gallery(tmp_path_factory.mktemp("pictures")) / "vscode.webp")
    assert film.stat().st_size < 800_000


def test_the_walkthrough_is_open_at_the_first_start(page, window):
    window.wait_for_text("Get started with DiffGem", WALKTHROUGH)
    page.wait(FOUND)  # the server is there already: nothing is to be done
    window.run_command("View: Close All Editors")
    page.wait(WALKTHROUGH, state="detached")
    page.press("Control+b")  # more room for the code


def test_it_is_ready_in_a_small_window(page, window):
    page("setViewportSize", VIEW)
    if os.environ.get(CHOSEN):
        window.hide(NOT_OURS)
    window.wait_for_status("Ready")


def test_ghost_text_is_accepted_and_saved(page, window, camera, workspace):
    scene = pictured.HOLE
    window.open_file(scene.file)
    window.wait_for_status("Ready")
    window.go_to(pictured.TEXT, pictured.TEXT.index(scene.after) + len(scene.after))
    camera.frame(1000)
    page.type(scene.keys)
    assert window.ghost() == pictured.WRITTEN
    camera.frame(2500)
    page.press("Tab")
    page.wait(GHOST, state="detached")
    camera.frame(1200)
    window.save()
    assert (workspace / scene.file).read_text() == pictured.FILLED


def test_a_code_action_fills_the_hole_and_one_undo_takes_it_back(page, window, camera, workspace):
    file = workspace / pictured.FILE
    window.go_to(pictured.FILLED, pictured.FILLED.index(scenes.HOLE))
    camera.frame(800)
    window.choose(scenes.FILL, ".tab.active.dirty", lambda: camera.frame(1800))
    camera.frame(1800)
    window.save()
    assert file.read_text() == pictured.SPREAD
    page.press("Control+z")
    page.wait(".tab.active.dirty")
    window.save()
    assert file.read_text() == pictured.FILLED


def test_a_next_edit_is_gone_to_and_applied(page, window, camera, workspace):
    scene = scenes.RENAME
    window.open_file(scene.file)
    before = scenes.FILES[scene.file]
    window.go_to(before, before.index(scene.after) + len(scene.after))
    for key in scene.keys:
        page.type(key)
        camera.frame(150)
    window.wait_for_hint("Tab goes here")
    camera.frame(1800)
    page.press("Tab")
    window.wait_for_hint("Tab accepts")
    camera.frame(1200)
    page.press("Tab")
    page.wait(".view-line >> text=/result.-.discount_rate/")
    camera.frame(2500)
    window.save()
    assert (workspace / scene.file).read_bytes().decode() == scenes.RENAMED
