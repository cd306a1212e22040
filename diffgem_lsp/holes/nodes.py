"""What encloses the cursor, by the nodes of the syntax tree; the names hold for every grammar."""

import re

from tree_sitter import Node

from diffgem_lsp.holes.kinds import HoleKind
from diffgem_lsp.syntax.trees import SyntaxTree

_ARGUMENTS = frozenset({"argument_list", "arguments", "token_tree", "annotation_argument_list"})
_CODE_IN_STRING = frozenset(
    {
        "command_substitution",
        "interpolation",
        "member_access_expression",
        "string_interpolation",
        "template_substitution",
    }
)
_STRING = re.compile(
    r"(?!concatenated_|chained_|predefined_|system_lib_).*string.*"
    r"|char(acter)?_literal|rune_literal|text_block|regex|quoted_attribute_value|attribute_value"
    r"|heredoc_body|heredoc_content|nowdoc_body"
)
# Where the arguments of a call around the cursor stop being what is typed.
_CODE = re.compile(r"ERROR|.*(block|body|statements?|declaration|definition|_item|clause|lambda)")
_QUOTES = frozenset(b"\"'`")
_STRING_ENDS = frozenset(b"\"'`])}>#/")
_COMMENT_ENDS = ((b"/*", b"*/"), (b"<!--", b"-->"), (b"--[", b"]"))


def enclosing(tree: SyntaxTree, offset: int) -> HoleKind | None:
    """STRING, COMMENT or ARGUMENTS when the cursor is inside one."""
    byte = tree.byte(offset)
    for node in reversed(tree.path(offset)):
        kind = _kind(node, tree.data, byte)
        if kind is not None:
            return kind
        if _is_code(node, tree.data, byte):
            return None
    return None


def broken(tree: SyntaxTree, offset: int) -> bool:
    """Whether the tree cannot be trusted at `offset`: an error around it or on its line."""
    line = tree.byte(tree.lines.start(tree.lines.line_of(offset)))
    return any(
        node.is_error or (node.start_byte >= line and node.has_error) for node in tree.path(offset)
    )


def _kind(node: Node, data: bytes, byte: int) -> HoleKind | None:
    if not node.is_named:
        return None
    if "comment" in node.type:
        return HoleKind.COMMENT if _in_comment(node, data, byte) else None
    if _STRING.fullmatch(node.type):
        return HoleKind.STRING if _in_string(node, data, byte) else None
    in_call = node.type in _ARGUMENTS and data[node.start_byte] == ord("(")
    return HoleKind.ARGUMENTS if in_call and _is_open(node, data, byte) else None


def _is_code(node: Node, data: bytes, byte: int) -> bool:
    """Whether the nodes around `node` say nothing about the cursor in it."""
    if not node.is_named or not _is_open(node, data, byte):
        return False
    bracketed = data[node.start_byte] in b"([{"
    return bracketed or node.type in _CODE_IN_STRING or _CODE.fullmatch(node.type) is not None


def _is_open(node: Node, data: bytes, byte: int) -> bool:
    """Whether `byte` is inside; at the end it is so only where the closing bracket is missing."""
    return byte < node.end_byte or data[byte - 1] not in b")]}"


def _in_comment(node: Node, data: bytes, byte: int) -> bool:
    if byte < node.end_byte:
        return True
    text = data[node.start_byte : byte]
    closed = any(text.startswith(first) and text.endswith(last) for first, last in _COMMENT_ENDS)
    return not closed and not text.endswith((b"\n", b"\r"))


def _in_string(node: Node, data: bytes, byte: int) -> bool:
    """After the opening quote, which a prefix such as r or f may precede, before the closing one.

    The content is a node of its own, which may end in what looks like a closing quote: then it is
    the string around it that tells.
    """
    typed = data[node.start_byte : byte]
    if typed[:1].isalpha() and node.type.startswith("string") and _QUOTES.isdisjoint(typed):
        return False
    return byte < node.end_byte or data[byte - 1] not in _STRING_ENDS
