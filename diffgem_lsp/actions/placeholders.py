"""What people write where code is still missing, by language."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from tree_sitter import Node

from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.grammars import grammar_of
from diffgem_lsp.syntax.trees import SyntaxTree

LONGEST = 300  # bytes of a placeholder
_WORDS = r"(?i:not (?:yet )?implemented|unimplemented|implement me|to ?do|fixme)"
_THROWN = rf"throw new \w*Error\(\s*[^)]*{_WORDS}.*\);?"
_ANY = re.compile(rf"pass|\.\.\.|TODO\(.*\)|todo!\(.*\)|(?:throw|raise|panic|error)\b.*{_WORDS}.*")
_PLACEHOLDERS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "bash": re.compile(":"),
        "c": re.compile(rf"assert\(.*{_WORDS}.*\);"),
        "cpp": re.compile(rf"(?:throw [\w:]+\(|assert\().*{_WORDS}.*\);"),
        "go": re.compile(rf"panic\(.*{_WORDS}.*\)"),
        "java": re.compile(
            rf"throw new (?:UnsupportedOperationException\(.*|\w+\(.*{_WORDS}.*)\);"
        ),
        "javascript": re.compile(_THROWN),
        "lua": re.compile(rf"error\(.*{_WORDS}.*\)"),
        "php": re.compile(rf"throw new \\?\w+\(.*{_WORDS}.*\);"),
        "python": re.compile(r"pass|\.\.\.|raise NotImplementedError(?:\(.*\))?", re.DOTALL),
        "ruby": re.compile(r"raise NotImplementedError.*"),
        "rust": re.compile(r"(?:todo|unimplemented)!\s*[(\[{].*[)\]}];?", re.DOTALL),
        "tsx": re.compile(_THROWN),
        "typescript": re.compile(_THROWN),
    }
)
# Where an ellipsis means itself.
_ELLIPSIS_MEANT = frozenset(
    {"generic_type", "list", "subscript", "tuple", "type", "type_parameter", "union_type"}
)


def is_placeholder(language_id: str, text: str) -> bool:
    grammar = grammar_of(language_id)
    pattern = _PLACEHOLDERS.get(grammar) if grammar is not None else _ANY
    return pattern is not None and pattern.fullmatch(text.strip()) is not None


def placeholder_at(snapshot: Snapshot, offset: int) -> tuple[int, int] | None:
    """The range of the one that holds the character at `offset`; without a tree, of its line."""
    tree = snapshot.tree
    if tree is None:
        return _line_at(snapshot, offset)
    found = None
    for node in reversed(tree.path(offset + 1)):
        if tree.size(node) > LONGEST:
            break
        if _is_one(tree, node):
            found = tree.span(node)
    return found


def _is_one(tree: SyntaxTree, node: Node) -> bool:
    if node.parent is not None and node.parent.type in _ELLIPSIS_MEANT:
        return False
    return node.type != "comment" and is_placeholder(tree.language_id, tree.text(node))


def _line_at(snapshot: Snapshot, offset: int) -> tuple[int, int] | None:
    lines = snapshot.lines
    line = lines.line_of(offset)
    text = lines.line_text(line)
    start = lines.start(line) + len(text) - len(text.lstrip())
    code = text.strip()
    return (start, start + len(code)) if is_placeholder(snapshot.language_id, code) else None
