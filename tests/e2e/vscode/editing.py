"""What a user's first keys come to, with DiffGem and without."""

import scenes
from window import GHOST


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
    """The text that the editor has then, and where the cursor stands in it."""
    text, at = scenes.typed(scenes.GHOST)
    window.open_file(scenes.GHOST.file)
    window.go_to(scenes.FILES[scenes.GHOST.file], at - len(scenes.GHOST.keys))
    window.page.type(scenes.GHOST.keys)
    window.page.wait(".tab.active.dirty")
    return text, at
