"""Emacs 30 with Eglot, which counts columns in code points, and `editors/emacs/diffgem.el`."""

import pytest
from ert_suites import names, run
from snippets import snippet

pytestmark = pytest.mark.editor
SUITE = "eglot-suite.el"


@pytest.fixture(scope="module")
def problems(box, tmp_path_factory):
    return run(SUITE, snippet("Emacs with Eglot"), box, tmp_path_factory.mktemp("eglot"))


@pytest.mark.parametrize("name", names(SUITE))
def test_eglot(problems, name):
    assert problems[name] is None
