"""The calls of a function whose parameters were changed."""

from collections.abc import Iterator, Sequence

from tree_sitter import Node

from diffgem_lsp.next_edits.history import Change
from diffgem_lsp.next_edits.proposals import Proposal
from diffgem_lsp.next_edits.signatures import Resigned, changed_signature
from diffgem_lsp.next_edits.symbols import Names, Place
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.trees import SyntaxTree

_SPLATS = ("splat", "spread", "variadic")
_KEYWORDS = frozenset({"argument", "keyword_argument", "pair"})


def proposals(snapshot: Snapshot, changes: Sequence[Change]) -> Iterator[Proposal]:
    """What the calls of a function have to follow in."""
    for change in reversed(changes):
        found = changed_signature(snapshot, change)
        if found is not None:
            yield from _in_calls(snapshot, found, change.start)


def _in_calls(snapshot: Snapshot, change: Resigned, because: int) -> Iterator[Proposal]:
    tree = snapshot.tree
    if tree is None:
        return
    for place in _callers(snapshot, change):
        arguments = _arguments(place.node)
        if arguments is not None:
            within = tree.reaching(place.start)
            proposal = _in_call(snapshot, within, change, arguments, because)
            if proposal is not None:
                yield proposal


def _callers(snapshot: Snapshot, change: Resigned) -> list[Place]:
    """All that means the function; where that makes objects of a class, all that means the class."""
    start = change.function.start
    names = Names(snapshot, change.function.name, start)
    place = names.at(start)
    if place is not None and change.function.name == "__init__":
        owner = _class_name(place.node)
        if owner is None or snapshot.tree is None:
            return []
        names = Names(snapshot, (owner.text or b"").decode(errors="replace"), start)
        place = names.at(snapshot.tree.reaching(start).offset(owner.start_byte))
    return names.same_as(place) if place is not None else []


def _class_name(node: Node) -> Node | None:
    parent: Node | None = node
    while parent is not None and parent.type != "class_definition":
        parent = parent.parent
    return parent.child_by_field_name("name") if parent is not None else None


def _arguments(node: Node) -> Node | None:
    """Of the call of what `node` names, or of the member that it names; None if it is not called."""
    child, parent = node, node.parent
    for _ in range(2):
        if parent is None:
            return None
        arguments = parent.child_by_field_name("arguments")
        if arguments is not None:
            return arguments if child.end_byte <= arguments.start_byte else None
        child, parent = parent, parent.parent
    return None


def _in_call(
    snapshot: Snapshot, tree: SyntaxTree, change: Resigned, arguments: Node, because: int
) -> Proposal | None:
    given = [each for each in arguments.named_children if "comment" not in each.type]
    if any(word in each.type for each in given for word in _SPLATS):
        return None
    keywords = {name: each for each in given if (name := _keyword(each))}
    in_order = [each for each in given if not _keyword(each)]
    if change.kind == "renamed":
        node = keywords.get(change.was)
        return _renamed(tree, node, change, because) if node is not None else None
    if change.kind == "removed":
        node = keywords.get(change.was)
        if node is None and change.index < len(in_order):
            node = in_order[change.index]
        return _removed(tree, given, node, because) if node is not None else None
    if keywords or len(in_order) != len(change.function.parameters) - 1:
        return None
    return _added(snapshot, tree, arguments, given, change, because)


def _keyword(node: Node) -> str:
    """The name of an argument that is given by name."""
    name = node.child_by_field_name("name") if node.type in _KEYWORDS else None
    return (name.text or b"").decode(errors="replace") if name is not None else ""


def _renamed(tree: SyntaxTree, node: Node, change: Resigned, because: int) -> Proposal:
    start = tree.offset(node.start_byte)
    return Proposal(start, start + len(change.was), change.now, "parameter", because)


def _removed(tree: SyntaxTree, given: list[Node], node: Node, because: int) -> Proposal:
    """With the comma before it; the first one with what follows as far as the next one."""
    at = given.index(node)
    if at:
        first, last = given[at - 1].end_byte, node.end_byte
    else:
        first = node.start_byte
        last = given[1].start_byte if len(given) > 1 else node.end_byte
    return Proposal(tree.offset(first), tree.offset(last), "", "argument", because)


def _added(
    snapshot: Snapshot,
    tree: SyntaxTree,
    arguments: Node,
    given: list[Node],
    change: Resigned,
    because: int,
) -> Proposal:
    """A variable of the parameter's name, where there is one, or what the model would give."""
    at = change.index
    if at < len(given):
        byte, opens = given[at].start_byte, ("", ", ")
    elif given:
        byte, opens = given[-1].end_byte, (", ", "")
    else:
        byte, opens = arguments.start_byte + 1, ("", "")
    place = tree.offset(byte)
    known = Names(snapshot, change.now, place).is_visible_at(arguments)
    text = change.now.join(opens) if known else ""
    return Proposal(place, place, text, "argument", because, opens)
