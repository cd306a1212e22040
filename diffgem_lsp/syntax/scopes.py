"""What the syntax tree says about a document as a whole.  For the cursor, see holes."""

from collections.abc import Iterator

from tree_sitter import Node

from diffgem_lsp.syntax.trees import SyntaxTree

# The definitions that a context may be cut at, in every grammar.
DEFINITIONS = frozenset(
    {
        "abstract_class_declaration",
        "ambient_declaration",
        "annotation_type_declaration",
        "class",
        "class_declaration",
        "class_definition",
        "class_specifier",
        "const_declaration",
        "const_item",
        "constructor_declaration",
        "declaration",
        "decorated_definition",
        "enum_declaration",
        "enum_item",
        "enum_specifier",
        "export_statement",
        "function_declaration",
        "function_definition",
        "function_item",
        "generator_function_declaration",
        "impl_item",
        "interface_declaration",
        "internal_module",
        "lexical_declaration",
        "macro_definition",
        "media_statement",
        "method",
        "method_declaration",
        "method_definition",
        "mod_item",
        "module",
        "namespace_definition",
        "record_declaration",
        "rule_set",
        "singleton_method",
        "struct_item",
        "struct_specifier",
        "template_declaration",
        "trait_declaration",
        "trait_item",
        "type_alias_declaration",
        "type_declaration",
        "type_definition",
        "union_specifier",
    }
)
# What a definition may be nested in and still count: classes, modules and their bodies.
_HOLDERS = frozenset(
    {
        "ERROR",
        "abstract_class_declaration",
        "ambient_declaration",
        "block",
        "body_statement",
        "class",
        "class_body",
        "class_declaration",
        "class_definition",
        "class_specifier",
        "compound_statement",
        "declaration_list",
        "decorated_definition",
        "enum_body",
        "enum_declaration",
        "export_statement",
        "expression_statement",
        "field_declaration_list",
        "impl_item",
        "interface_body",
        "interface_declaration",
        "internal_module",
        "linkage_specification",
        "mod_item",
        "module",
        "namespace_definition",
        "preproc_if",
        "preproc_ifdef",
        "record_declaration",
        "singleton_class",
        "statement_block",
        "struct_specifier",
        "template_declaration",
        "trait_declaration",
        "trait_item",
    }
)
# Of what these wrap, their own first line is the start.
WRAPPERS = frozenset(
    {"ambient_declaration", "decorated_definition", "export_statement", "template_declaration"}
)


def error_count(tree: SyntaxTree) -> int:
    """How many ERROR and MISSING nodes between floor and horizon; to be compared, not to be
    trusted.

    The cuts may count as errors, the same with and without text put in at the cursor.
    """
    return _errors(tree.root)


def error_count_with(tree: SyntaxTree, offset: int, new: str) -> int:
    """The same if `new` stood at `offset`, on the line that the tree is for."""
    return _errors(tree.root_with(offset, new))


def _errors(root: Node) -> int:
    """Subtrees without errors are not visited."""
    found, waiting = 0, [root]
    while waiting:
        node = waiting.pop()
        found += node.is_error or node.is_missing
        waiting.extend(child for child in node.children if child.has_error)
    return found


def scope_starts(tree: SyntaxTree, before: int, after: int = 0) -> list[int]:
    """The starts of the lines on which a definition begins, within `after` ≤ start < `before`.

    Of the top level and of classes and modules, not of functions; ascending, no two the same.
    """
    found = _definitions(tree.covering(after, before).root, tree.byte(after), tree.byte(before))
    starts = {tree.lines.start(tree.line(node)) for node in found}
    return sorted(start for start in starts if after <= start < before)


def _definitions(root: Node, after: int, before: int) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        parent = waiting.pop()
        for node in _children(parent, after, before):
            if not node.is_named:
                continue  # the keyword class is called class too
            if node.type in DEFINITIONS and parent.type not in WRAPPERS:
                yield node
            if node.type in _HOLDERS:
                waiting.append(node)


def _children(parent: Node, after: int, before: int) -> Iterator[Node]:
    """Those that end after `after` and start before `before`."""
    cursor = parent.walk()
    found = cursor.goto_first_child_for_byte(after) is not None
    while found and cursor.node is not None and cursor.node.start_byte < before:
        yield cursor.node
        found = cursor.goto_next_sibling()
