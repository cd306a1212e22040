"""Emacs 30 with lsp-mode 10, which has inline completion of its own."""

import pytest
from ert_suites import GHOST, names, run
from snippets import snippet

pytestmark = pytest.mark.editor
SUITE = "lsp-mode-suite.el"
INSTALLED = '(load "lsp-mode-autoloads" nil t)\n'  # what a package manager does


@pytest.fixture(scope="module")
def problems(box, tmp_path_factory):
    init = INSTALLED + snippet("Emacs with lsp-mode")
    return run(SUITE, init, box, tmp_path_factory.mktemp("lsp"))


@pytest.mark.parametrize("name", names(GHOST, SUITE))
def test_lsp_mode(problems, name):
    assert problems[name] is None
