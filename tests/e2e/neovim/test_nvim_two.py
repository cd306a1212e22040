"""Two Neovims at once."""

import pytest
import scenes
from embedded import neovim
from fakes import short_folder
from neovims import VERSIONS, options, program, write_init

pytestmark = pytest.mark.editor


def test_two_at_once_share_the_engine(box):
    """Each window had an engine of its own, or one got the other's text."""
    with short_folder() as folder:
        (folder / "work").mkdir()
        scenes.write_workspace(folder / "work")
        init = write_init(folder / "init.lua", options(box.socket))
        first, second = (neovim(program(each), folder, init, folder / "work") for each in VERSIONS)
        with first as one, second as other:
            here, there = one.play(scenes.GHOST), other.play(scenes.UNICODE)
            texts = one.suggestion(), other.suggestion()
            for nvim, (before, after), text in zip((one, other), (here, there), texts, strict=True):
                nvim.keys("<Tab>")
                nvim.until(lambda nvim=nvim, was=before + after: nvim.text != was, "it")
                assert nvim.text == before + text + after
            assert len(box.engines()) == 1
