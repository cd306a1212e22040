"""Where a name stands in a tree, and in which role, as far as the nodes beside it say."""

from attrs import frozen
from tree_sitter import Node

from diffgem_lsp.next_edits import grammar
from diffgem_lsp.syntax.trees import SyntaxTree


@frozen
class Place:
    """A name at `start` of the text."""

    start: int
    node: Node
    is_member: bool
    is_keyword: bool

    @property
    def is_shorthand(self) -> bool:
        """`{a}` for `{a: a}`."""
        return self.node.type.startswith("shorthand_property_identifier")

    @property
    def is_type(self) -> bool:
        return self.node.type == "type_identifier"

    @property
    def owner(self) -> str:
        """What stands before a member: `a` of `a.b`; empty where nothing does."""
        parent = self.node.parent
        first = parent.named_child(0) if self.is_member and parent is not None else None
        if first is None or first.text is None or first.end_byte > self.node.start_byte:
            return ""
        return first.text.decode(errors="replace")


def is_word(text: str, start: int, end: int) -> bool:
    """Whether no other letter stands beside it.  To a pattern this would be slow."""
    beside = text[start - 1 : start] + text[end : end + 1]
    return not any(letter.isalnum() or letter == "_" for letter in beside)


def place_at(tree: SyntaxTree, start: int, end: int) -> Place | None:
    """None for what is no name: a part of a string, a comment, a keyword."""
    first, last = tree.byte(start), tree.byte(end)
    node = tree.root.descendant_for_byte_range(first, last)
    if node is None or (node.start_byte != first and node.type != "variable_name"):
        return None
    if node.child_count and node.type == "variable_name":
        node = node.named_children[-1]
    if node.child_count or not node.is_named or not _is_name(node.type):
        return None
    is_member = node.type in grammar.MEMBER_TYPES or _is_after(node, grammar.MEMBERS)
    return Place(start, node, is_member, _is_after(node, grammar.KEYWORDS))


def _is_name(kind: str) -> bool:
    return "identifier" in kind or kind in grammar.NAME_TYPES


def _is_after(node: Node, where: frozenset[tuple[str, str]]) -> bool:
    """Whether it stands in one of these fields, and not first."""
    parent = node.parent
    if parent is None or parent.type not in {kind for kind, _ in where}:
        return False
    fields = [field for kind, field in where if kind == parent.type]
    if not any(child == node for field in fields for child in parent.children_by_field_name(field)):
        return False
    return parent.type in _NAMED_ARGUMENTS or parent.start_byte < node.start_byte


_NAMED_ARGUMENTS = frozenset(kind for kind, _ in grammar.KEYWORDS)
