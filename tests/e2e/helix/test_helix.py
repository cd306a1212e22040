"""Helix: no ghost text there, but code actions, and our texts in its menu."""

import pytest
import scenes
from helix import install, opened

pytestmark = pytest.mark.editor
BEFORE, _, AFTER = scenes.SHOP.partition(scenes.HOLE)


@pytest.fixture(scope="module", autouse=True)
def installed(box):
    install(box)


def test_a_code_action_fills_a_hole_and_one_undo_restores(box):
    """Its spinner stops, too: Helix grants progress when all is over."""
    with opened(box, "shop.py", len(BEFORE)) as helix:
        helix.fill()
        filled = helix.saved(lambda text: text != scenes.SHOP)
        assert filled.startswith(BEFORE)
        assert filled.endswith(AFTER)
        helix.is_still()
        helix.screen.type("u")
        helix.saved(lambda text: text == scenes.SHOP)


@pytest.mark.parametrize("scene", [scenes.GHOST, scenes.UNICODE, scenes.FAR_FOLDER])
def test_the_menu_has_it_and_inserts_it(box, scene):
    text = scenes.FILES[scene.file]
    typed, cursor = scenes.typed(scene)
    with opened(box, scene.file, cursor - len(scene.keys)) as helix:
        helix.actions()  # the server is there
        helix.leave()
        helix.screen.type("i" + scene.keys)
        helix.screen.shows("snippet")
        helix.screen.keys("Tab")
        helix.screen.shows("DiffGem")  # beside what is chosen
        helix.screen.keys("Enter")
        helix.leave()
        done = helix.saved(lambda now: now not in (text, typed))
        assert done.startswith(typed[:cursor])
        assert done.endswith(typed[cursor:])


def test_an_ignored_file_is_left_alone(box):
    with opened(box, "private.py", len(BEFORE)) as helix:
        assert scenes.FILL not in helix.actions()
        helix.leave()
        helix.saved(lambda text: text == scenes.SHOP)


def test_after_its_engine_was_killed(box):
    with opened(box, "shop.py", len(BEFORE)) as helix:
        helix.actions()
        box.kill_engines()
        helix.choose()  # this one may be lost with it
        if not helix.is_changed():
            helix.fill()
        helix.saved(lambda text: text != scenes.SHOP)
