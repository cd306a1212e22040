"""Editors and their servers; a workspace on the disk, and why a file in it takes no part."""

import pytest
from editor import edited_here
from places import a_place

from diffgem_lsp.options import Options
from diffgem_lsp.privacy.eligibility import Eligibility


@pytest.fixture
async def editor(engine):
    """One whose server is in this loop, as the engine is."""
    async with edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(engine.path))
        yield editor


@pytest.fixture
async def place():
    async with a_place() as place:
        yield place


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path / "home"


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "work"
    (folder / "lib").mkdir(parents=True)
    return folder


@pytest.fixture
def why(root, clock, home):
    """Why a file of the workspace takes no part; a path from the root, or a whole URI."""
    made = {}

    def why(name, language="python", characters=1, folders=None, **options):
        folders = [root.as_uri()] if folders is None else folders
        key = (tuple(folders), repr(options))
        if key not in made:
            made[key] = Eligibility(Options(**options), folders, clock)
        uri = name if ":" in name else f"{root.as_uri()}/{name}"
        return made[key].reason(uri, language, characters)

    return why
