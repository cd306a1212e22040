import itertools
import os
from pathlib import Path

import pytest
import scenes
from browsing import Page, browser
from extension import build, in_host, packaged
from installed import CACHE_HOME
from serving import install, served, settings_of, write_settings
from window import Window

PATH = "/usr/bin:/bin"  # without the server of this environment
PIP = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def chromium(box):
    """The socket of a browser for all suites of VS Code."""
    with browser(box) as socket:
        yield socket


@pytest.fixture(scope="session")
def extension():
    """The folder of the extension, built from its sources."""
    return build()


@pytest.fixture(scope="session")
def vsix():
    """The extension as users get it."""
    return packaged()


@pytest.fixture(scope="session")
def outcomes(box, chromium, extension):
    """Of the suite in editors/vscode/test, by the names of its tests."""
    only = os.environ.get("DIFFGEM_TEST_ONLY", "")
    report = in_host(box, chromium, extension, box.folder / "host", only)
    return {each["name"]: each for each in report}


@pytest.fixture(scope="module")
def code(box, vsix, request):
    """VS Code with the packaged extension, and no server for it on the PATH."""
    folder = box.folder / request.module.__name__
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
def started(box, code, chromium):
    """A new window on a new workspace, for a user with such settings."""
    pages = []

    def start(name="shop", **settings):
        number = next(NUMBERS)
        workspace = box.folder / f"w{number}" / name
        workspace.mkdir(parents=True)
        scenes.write_workspace(workspace)
        write_settings(code.folder, settings_of(box, **settings))
        pages.append(Page(chromium, f"started {number}"))
        window = Window(pages[-1])
        window.workspace = workspace
        window.open(code.url(workspace))
        return window

    yield start
    for page in pages:
        page.close()
