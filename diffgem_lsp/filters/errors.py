"""The filter that asks the syntax tree."""

from diffgem_lsp.filters.site import Site
from diffgem_lsp.holes.kinds import HoleKind
from diffgem_lsp.syntax.scopes import error_count, error_count_with

_ANYTHING = "x"  # a name, where the grammar wants an expression
_IN_LINE = frozenset({HoleKind.REST_OF_LINE, HoleKind.REST_OF_BLOCK, HoleKind.ARGUMENTS})


def new_syntax_errors(text: str, site: Site) -> str:
    """Cut back, line by line, to what adds no syntax error that was not there."""
    if site.snapshot.tree is None:
        return text
    errors = _errors_with(text, site)
    # Mostly there are none: then nothing is parsed to compare with.
    if not errors or errors <= (most := _errors_before(site)):
        return text
    return _cut_back(text, most, site)


def _cut_back(text: str, most: int, site: Site) -> str:
    lines = text.split("\n")
    for count in range(len(lines) - 1, 0, -1):
        shorter = "\n".join(lines[:count]).rstrip()
        if shorter and _errors_with(shorter, site) <= most:
            return shorter
    return ""


def _errors_before(site: Site) -> int:
    """Those of the document, less those that are there because of the hole itself.

    `x = ` is an error until something follows; a completion that leaves one has made its own.
    Behind a name there is something, and a longer name is the same to the grammar.
    """
    tree = site.snapshot.tree
    errors = error_count(tree) if tree is not None else 0
    if errors and site.kind in _IN_LINE and not _in_name(site):
        return min(errors, _errors_with(_ANYTHING, site))
    return errors


def _in_name(site: Site) -> bool:
    """Keywords, which want something to follow, are the tree's anonymous nodes."""
    tree = site.snapshot.tree
    if tree is None or not site.head[-1:].isidentifier():
        return False
    return tree.path(site.snapshot.offset)[-1].is_named


def _errors_with(text: str, site: Site) -> int:
    tree = site.snapshot.tree
    return error_count_with(tree, site.snapshot.offset, text) if tree is not None else 0
