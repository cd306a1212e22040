"""What gives a name its meaning where it stands, and what stands around it."""

from tree_sitter import Node

from diffgem_lsp.next_edits import grammar

_NO_NAMES = frozenset({"type", "value"})  # among names that are bound: their types, their defaults


def binder(node: Node) -> tuple[Node, bool] | None:
    """What binds the name at `node`, and whether that is for the scope around it."""
    child, parent = node, node.parent
    while parent is not None:
        fields = grammar.FIELDS.get(parent.type)
        if fields is not None:
            field = _field(parent, child)
            if field in fields:
                return parent, fields[field]
            if "" in fields and field not in _NO_NAMES:
                return parent, False
        if parent.type not in grammar.PATTERNS:
            return None
        child, parent = parent, parent.parent
    return None


def is_imported(node: Node) -> bool:
    found = binder(node)
    return found is not None and "import" in found[0].type


def names_type(node: Node) -> bool:
    """Whether it is the name of a class or another type where that is declared."""
    found = binder(node)
    return found is not None and any(word in found[0].type for word in grammar.TYPE_WORDS)


def is_assigned(node: Node) -> bool:
    """Whether what it is the last name of stands left of an assignment."""
    member = node.parent
    parent = member.parent if member is not None else None
    if parent is None or parent.type not in grammar.ASSIGNMENTS:
        return False
    return parent.child_by_field_name("left") == member


def _field(parent: Node, child: Node) -> str:
    """That of a child that is not empty; empty where it has none.  Its siblings, of which a list
    may have thousands, are passed over and not built.
    """
    cursor = parent.walk()
    cursor.goto_first_child_for_byte(child.start_byte)
    return cursor.field_name or ""


def is_class(scope: Node) -> bool:
    return scope.type in grammar.CLASSES


def class_of(node: Node) -> Node | None:
    """The innermost class around it."""
    parent = node.parent
    while parent is not None and not is_class(parent):
        parent = parent.parent
    return parent


def class_name(node: Node) -> str:
    """Of the class around it: what a Rust type and its `impl` share."""
    found = class_of(node)
    while found is not None:
        for field in ("name", "type"):
            name = found.child_by_field_name(field)
            if name is not None and name.text is not None:
                return name.text.decode(errors="replace")
        found = found.parent
    return ""


def root(node: Node) -> Node:
    while node.parent is not None:
        node = node.parent
    return node
