"""Emacs 30 with Eglot, which counts columns in code points, and `editors/emacs/diffgem.el`."""

import pytest
from ert_suites import GHOST, names, run
from snippets import snippet

pytestmark = pytest.mark.editor
SUITE, POPUP = "eglot-suite.el", "popup-suite.el"


@pytest.fixture(scope="module")
def problems(box, tmp_path_factory):
    return run(SUITE, snippet("Emacs with Eglot"), box, tmp_path_factory.mktemp("eglot"))


@pytest.fixture(scope="module")
def popup_problems(box, tmp_path_factory):
    return run(POPUP, snippet("Emacs with Eglot", 1), box, tmp_path_factory.mktemp("popup"))


@pytest.mark.parametrize("name", names(GHOST, SUITE))
def test_eglot(problems, name):
    assert problems[name] is None


@pytest.mark.parametrize("name", names(POPUP))
def test_completion_at_point(popup_problems, name):
    assert popup_problems[name] is None
