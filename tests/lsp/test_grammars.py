import re
import subprocess
import sys
import warnings

import pytest
from sources import SOURCES

from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax import grammars
from diffgem_lsp.syntax.scopes import error_count


@pytest.mark.parametrize("language_id", SOURCES)
def test_every_grammar_loads_without_warnings(language_id):
    """Guards against a wheel that is too old or too new for tree-sitter."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert error_count(Snapshot.of(SOURCES[language_id], 0, language_id).tree) == 0


@pytest.mark.parametrize(
    ("path", "language_id"),
    [("a/b.PY", "python"), ("x.tsx", "typescriptreact"), ("x.h", "c"), ("Makefile", None)],
)
def test_language_of_a_path(path, language_id):
    """Guards against files that the command line takes for plain text."""
    assert grammars.language_of(path) == language_id


def test_every_extension_has_a_grammar():
    """Guards against a typing error in the tables."""
    for path in ("a.jsx", "a.sh", "a.mjs", "a.hpp", "a.php", "a.zsh", "a.pyi"):
        assert grammars.parser_for(grammars.language_of(path)) is not None
    assert grammars.parser_for("plaintext") is None


def test_a_grammar_that_does_not_load_is_a_language_without_one(monkeypatch, caplog):
    """Guards against an editor without completions for want of one wheel."""
    monkeypatch.setattr(grammars, "_GRAMMARS", {"python": ("tree_sitter_none", "language")})
    grammars._load.cache_clear()
    try:
        assert Snapshot.of("x", 0, "python").tree is None
        assert "no syntax tree for python" in caplog.text
    finally:
        grammars._load.cache_clear()


def test_grammars_are_imported_on_first_use():
    """Guards against a start that waits for sixteen shared libraries."""
    script = (
        "import sys; import diffgem_lsp.documents, diffgem_lsp.holes.site\n"
        "import diffgem_lsp.syntax.scopes\n"
        "print(*[name for name in sys.modules if name.startswith('tree_sitter_')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert re.fullmatch(rb"\s*", done.stdout)
