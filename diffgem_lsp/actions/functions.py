"""The function around a place: its header, its body, and what stands in that."""

from collections.abc import Iterator

from attrs import frozen
from tree_sitter import Node

from diffgem_lsp.actions.placeholders import is_placeholder
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.functions import FUNCTIONS
from diffgem_lsp.syntax.trees import SyntaxTree

# Nothing can follow these in a body.
_LEAVING = frozenset(
    {
        "raise_statement",
        "return",
        "return_expression",
        "return_statement",
        "throw_expression",
        "throw_statement",
    }
)


@frozen
class Function:
    """In code points, but for the nodes."""

    node: Node
    start: int
    body: tuple[int, int]  # from the header's end to the closing bracket or word, if there is one
    closed: bool
    statements: tuple[Node, ...]  # of the body, its docstring among them; no comments

    @property
    def done(self) -> tuple[Node, ...]:
        """The statements, but for a docstring."""
        return tuple(node for node in self.statements if not is_docstring(node))

    def is_empty(self, tree: SyntaxTree) -> bool:
        """Nothing is done in it: there is at most one placeholder."""
        texts = [tree.text(node) for node in self.done]
        return not texts or (len(texts) == 1 and is_placeholder(tree.language_id, texts[0]))

    @property
    def leaves(self) -> bool:
        """Whether its last statement is one that nothing can follow."""
        last = self.statements[-1] if self.statements else None
        while last is not None and last.type == "expression_statement" and last.named_children:
            last = last.named_children[0]
        return last is not None and last.type in _LEAVING


def function_at(snapshot: Snapshot, offset: int) -> Function | None:
    """The innermost one that holds the character at `offset` and has a body of statements."""
    tree = snapshot.tree
    for node in reversed(tree.path(offset + 1)) if tree is not None else ():
        if tree is not None and node.is_named and node.type in FUNCTIONS:
            found = _function(tree, node)
            if found is not None:
                return found
    return None


def is_docstring(node: Node) -> bool:
    return (
        node.type == "expression_statement"
        and len(node.named_children) == 1
        and node.named_children[0].type == "string"
        and node.parent is not None
        and node.parent.type in ("block", "module")
        and node.parent.named_children[0] == node
    )


def _function(tree: SyntaxTree, node: Node) -> Function | None:
    body = node.child_by_field_name("body")
    span = _span(tree, node, body)
    if span is None:
        return None
    start, end, closed = span
    outer, _ = tree.span(node)
    statements = tuple(_statements(body)) if body is not None else ()
    if not closed and not statements:
        end = _end_of_comments(tree, start, outer)
    return Function(node, outer, (start, end), closed, statements)


def _span(tree: SyntaxTree, node: Node, body: Node | None) -> tuple[int, int, bool] | None:
    """Where the statements go, and whether something closes them."""
    if body is not None and (text := tree.text(body)).startswith("{"):
        start, end = tree.span(body)
        return (start + 1, end - 1, True) if text.endswith("}") and len(text) > 1 else None
    last = node.children[-1] if node.children else None
    if last is not None and last.type == "end":
        header = (body or last).prev_sibling
        return (tree.span(header)[1], tree.span(last)[0], True) if header is not None else None
    if body is not None and body.type == "block" and body.prev_sibling is not None:
        start = tree.span(body.prev_sibling)[1]
        return start, max(tree.span(body)[1], start), False
    return None


def _statements(body: Node) -> Iterator[Node]:
    for node in body.named_children:
        if node.type == "statement_list":
            yield from _statements(node)
        elif "comment" not in node.type:
            yield node


def _end_of_comments(tree: SyntaxTree, end: int, start: int) -> int:
    """Behind the comments that are indented as an empty body's; the tree has them outside of it."""
    lines = tree.lines
    own = len(_indent(lines.line_text(lines.line_of(start))))
    for line in range(lines.line_of(end) + 1, lines.count):
        text = lines.line_text(line)
        if text.strip() and not (text.lstrip().startswith("#") and len(_indent(text)) > own):
            break
        if text.strip():
            end = lines.start(line) + len(text.rstrip())
    return end


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
