"""Ghost text in the real Neovims; what the model says is taken as it comes."""

import pytest
import scenes

pytestmark = pytest.mark.editor


def test_it_appears_and_is_accepted(nvim):
    before, after = nvim.play(scenes.GHOST)
    text = nvim.suggestion()
    assert nvim.text == before + after  # drawn, and not in the buffer
    nvim.keys("<Tab>")
    nvim.until(lambda: nvim.text != before + after, "what was accepted")
    assert nvim.text == before + text + after
    assert nvim.seen("served") == nvim.text
    assert nvim.around()[0] == before + text
