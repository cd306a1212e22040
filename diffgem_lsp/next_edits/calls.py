"""The calls of a function whose parameters were changed."""

from collections.abc import Iterator, Sequence

from attrs import frozen
from tree_sitter import Node

from diffgem_lsp.next_edits.history import Change
from diffgem_lsp.next_edits.places import Place
from diffgem_lsp.next_edits.proposals import Proposal
from diffgem_lsp.next_edits.signatures import Resigned, changed_signature
from diffgem_lsp.next_edits.symbols import Names, tree_around
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
    tree = tree_around(snapshot, change.function.start)
    names = Names(snapshot, change.now, change.function.start)
    for place in _callers(snapshot, change):
        arguments = _arguments(place.node)
        if arguments is not None and tree is not None:
            call = _Call(names, tree, arguments, because)
            proposal = call.following(change)
            if proposal is not None:
                yield proposal


def _callers(snapshot: Snapshot, change: Resigned) -> list[Place]:
    """What means the function; for one that makes objects of a class, what means the class."""
    start = change.function.start
    names = Names(snapshot, change.function.name, start)
    place = names.at(start)
    if place is not None and change.function.name == "__init__":
        owner = _class_name(place.node)
        tree = tree_around(snapshot, start)
        if owner is None or tree is None:
            return []
        names = Names(snapshot, (owner.text or b"").decode(errors="replace"), start)
        place = names.at(tree.span(owner)[0])
    same = names.same_as(place) if place is not None else []
    return [each for each in same if names.may_own(each)]


def _class_name(node: Node) -> Node | None:
    parent: Node | None = node
    while parent is not None and parent.type != "class_definition":
        parent = parent.parent
    return parent.child_by_field_name("name") if parent is not None else None


def _arguments(node: Node) -> Node | None:
    """Of the call of what, or of the member that, `node` names; None if it is not called."""
    child, parent = node, node.parent
    for _ in range(2):
        if parent is None:
            return None
        arguments = parent.child_by_field_name("arguments")
        if arguments is not None:
            return arguments if child != arguments else None
        child, parent = parent, parent.parent
    return None


@frozen
class _Call:
    """The `arguments` of a call, in a tree that has it; `because` of the edit at that place.

    `names` are those that have the parameter's name.
    """

    names: Names
    tree: SyntaxTree
    arguments: Node
    because: int

    @property
    def given(self) -> list[Node]:
        return [each for each in self.arguments.named_children if "comment" not in each.type]

    @property
    def in_order(self) -> list[Node]:
        return [each for each in self.given if not _keyword(each)]

    def following(self, change: Resigned) -> Proposal | None:
        """What the call has to follow in."""
        if any(word in each.type for each in self.given for word in _SPLATS):
            return None
        keywords = {name: each for each in self.given if (name := _keyword(each))}
        named, in_order = keywords.get(change.was), self.in_order
        if change.kind == "renamed":
            return self._renamed(named, change) if named is not None else None
        if change.kind == "removed":
            if named is None and change.index < len(in_order):
                named = in_order[change.index]
            return self._removed(named) if named is not None else None
        whole = len(in_order) == len(change.function.parameters) - 1
        return self._added(change) if whole and not keywords else None

    def _renamed(self, argument: Node, change: Resigned) -> Proposal:
        start, _ = self.tree.span(argument)
        return Proposal(start, start + len(change.was), change.now, "parameter", self.because)

    def _removed(self, argument: Node) -> Proposal:
        """With the comma before it; the first one with what follows as far as the next one."""
        given = self.given
        at = given.index(argument)
        first, last = self.tree.span(argument)
        if at:
            _, first = self.tree.span(given[at - 1])
        elif len(given) > 1:
            last, _ = self.tree.span(given[1])
        return Proposal(first, last, "", "removal", self.because)

    def _added(self, change: Resigned) -> Proposal:
        """A variable of the parameter's name, where there is one, or what the model would give."""
        given, at = self.given, change.index
        if at < len(given):
            place, opens = self.tree.span(given[at])[0], ("", ", ")
        elif given:
            place, opens = self.tree.span(given[-1])[1], (", ", "")
        else:
            place, opens = self.tree.span(self.arguments)[0] + 1, ("", "")
        known = [name.join(opens) for name in self._known(change.now)]
        if not known:
            return Proposal(place, place, "", "guess", self.because, opens=opens)
        return Proposal(place, place, known[0], "argument", self.because, (*known[1:],))

    def _known(self, name: str) -> list[str]:
        """A variable of the parameter's name that is seen there, and a member of its owner's."""
        found = [name] if self.names.is_visible_at(self.arguments) else []
        return [*found, *(f"{owner}.{name}" for owner in self.names.owners)]


def _keyword(node: Node) -> str:
    """The name of an argument that is given by name."""
    name = node.child_by_field_name("name") if node.type in _KEYWORDS else None
    return (name.text or b"").decode(errors="replace") if name is not None else ""
