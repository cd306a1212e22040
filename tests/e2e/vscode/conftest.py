import os

import pytest
from browsing import browser
from extension import build, in_host, packaged


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
