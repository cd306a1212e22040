"""Where the documentation of a definition goes, and the marks that are pinned around it."""

from collections.abc import Mapping
from types import MappingProxyType

from tree_sitter import Node

from diffgem_lsp.actions.kinds import Opening, Shape
from diffgem_lsp.actions.layout import code_of_line, indent_at
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.grammars import grammar_of
from diffgem_lsp.syntax.scopes import DEFINITIONS, WRAPPERS
from diffgem_lsp.syntax.trees import SyntaxTree

_BLOCK = ("/** ", " */\n")
# What stands before the words, and what behind them, the next line's indent left out.
_MARKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("c", "cpp", "java", "javascript", "php", "tsx", "typescript"), _BLOCK),
        "bash": ("# ", "\n"),
        "go": ("// ", "\n"),
        "lua": ("--- ", "\n"),
        "python": ('"""', '"""\n'),
        "ruby": ("# ", "\n"),
        "rust": ("/// ", "\n"),
    }
)
_COMMENTS = ("#", "//", "--", "/*", "*")
_ATTRIBUTES = frozenset({"attribute_item", "decorator"})
_NO_DOCS = frozenset({"const_declaration", "declaration", "lexical_declaration", "module"})


def documentation_of(snapshot: Snapshot, offset: int) -> Opening | None:
    """Of the innermost definition around `offset` that has none."""
    tree, grammar = snapshot.tree, grammar_of(snapshot.language_id)
    marks = _MARKS.get(grammar) if grammar is not None else None
    if tree is None or marks is None:
        return None
    node = _definition(tree, offset)
    if node is None:
        return None
    if grammar == "python":
        return _docstring(snapshot, tree, node, marks)
    return _comment(snapshot, tree, node, marks)


def _definition(tree: SyntaxTree, offset: int) -> Node | None:
    for node in reversed(tree.path(offset + 1)):
        if node.is_named and node.type in DEFINITIONS - WRAPPERS - _NO_DOCS:
            return node
    return None


def _docstring(
    snapshot: Snapshot, tree: SyntaxTree, node: Node, marks: tuple[str, str]
) -> Opening | None:
    """The first thing in a body of its own lines."""
    body = node.child_by_field_name("body")
    first = body.named_children[0] if body is not None and body.named_children else None
    if body is None or first is None or _is_string(first):
        return None
    at, _ = tree.span(first)
    start, _ = code_of_line(snapshot, snapshot.lines.line_of(at))
    lead, trail = marks
    trail += indent_at(snapshot, at)
    return Opening(at, at, Shape.PROSE, lead, trail) if start == at else None


def _is_string(node: Node) -> bool:
    return node.type == "expression_statement" and node.named_children[0].type == "string"


def _comment(
    snapshot: Snapshot, tree: SyntaxTree, node: Node, marks: tuple[str, str]
) -> Opening | None:
    """Above the definition and what belongs to it."""
    line = snapshot.lines.line_of(tree.span(_whole(node))[0])
    at, _ = code_of_line(snapshot, line)
    above = snapshot.lines.line_text(line - 1).strip() if line else ""
    if above.startswith(_COMMENTS) or above.endswith("*/"):
        return None
    lead, trail = marks
    name = _name(tree, node) if grammar_of(snapshot.language_id) == "go" else ""
    return Opening(at, at, Shape.PROSE, lead + name, trail + indent_at(snapshot, at))


def _whole(node: Node) -> Node:
    """With what wraps it, and with the attributes above it."""
    while node.parent is not None and node.parent.type in WRAPPERS:
        node = node.parent
    while node.prev_sibling is not None and node.prev_sibling.type in _ATTRIBUTES:
        node = node.prev_sibling
    return node


def _name(tree: SyntaxTree, node: Node) -> str:
    """Go's comments begin with the name of what they are about."""
    if node.type == "type_declaration" and node.named_children:
        node = node.named_children[0]
    name = node.child_by_field_name("name")
    return f"{tree.text(name)} " if name is not None else ""
