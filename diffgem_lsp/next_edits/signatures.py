"""What was changed in the parameters of a function."""

from collections.abc import Iterator

from attrs import frozen
from tree_sitter import Node

from diffgem_lsp.next_edits.history import Change
from diffgem_lsp.next_edits.symbols import tree_around
from diffgem_lsp.snapshots import Snapshot

_NAME_FIELDS = ("name", "pattern", "declarator", "left")
_OPTIONAL = ("default", "optional", "splat", "rest", "variadic", "spread", "assignment_pattern")
_NO_PARAMETERS = frozenset(
    {"comment", "keyword_separator", "positional_separator", "self_parameter", "receiver_parameter"}
)
_OWN = frozenset({"cls", "self", "this"})


@frozen
class Parameter:
    name: str
    is_optional: bool


@frozen
class Signature:
    """A function's name at `start`, and what it takes beside its object."""

    start: int
    name: str
    parameters: tuple[Parameter, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.parameters)


@frozen
class Resigned:
    """The parameter at `index` was added, removed or renamed; `was` and `now` are its names."""

    kind: str
    index: int
    was: str
    now: str
    function: Signature  # as it is now


def changed_signature(snapshot: Snapshot, change: Change) -> Resigned | None:
    """What `change` did to a function's parameters, if that is one thing."""
    now = signature_at(snapshot, change.start, change.end)
    if now is None:
        return None
    before = snapshot.replaced(change.start, change.end, change.before)
    was = signature_at(before, change.start, change.start + len(change.before))
    if was is None or was.start != now.start or was.name != now.name:
        return None
    return _difference(was, now)


def _difference(was: Signature, now: Signature) -> Resigned | None:
    olds, news = was.names, now.names
    at = _first_difference(olds, news)
    old, new = olds[at : at + 1], news[at : at + 1]
    if len(news) == len(olds) + 1 and olds[at:] == news[at + 1 :]:
        if now.parameters[at].is_optional:
            return None  # every call is as good as it was
        return Resigned("added", at, "", news[at], now)
    if len(olds) == len(news) + 1 and olds[at + 1 :] == news[at:]:
        return Resigned("removed", at, olds[at], "", now)
    if old and new and len(olds) == len(news) and olds[at + 1 :] == news[at + 1 :]:
        return Resigned("renamed", at, old[0], new[0], now)
    return None


def _first_difference(olds: tuple[str, ...], news: tuple[str, ...]) -> int:
    pairs = zip(olds, news, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(olds), len(news)))


def signature_at(snapshot: Snapshot, start: int, end: int) -> Signature | None:
    """Of the function in whose parameters `start..end` stands."""
    tree = tree_around(snapshot, start)
    if tree is None:
        return None
    node = tree.root.descendant_for_byte_range(tree.byte(start), tree.byte(end))
    while node is not None:
        list_of = node.child_by_field_name("parameters")
        if list_of is not None and _is_within(start, end, tree.span(list_of)):
            name = _function_name(node)
            if name is None:
                return None
            return Signature(tree.span(name)[0], _text(name), tuple(_parameters(list_of)))
        node = node.parent
    return None


def _is_within(start: int, end: int, brackets: tuple[int, int]) -> bool:
    return brackets[0] < start and end < brackets[1]


def _function_name(function: Node) -> Node | None:
    """Its last identifier: `f` of `A::f`."""
    named = function.child_by_field_name("name") or function.child_by_field_name("declarator")
    while named is not None and named.named_child_count:
        named = named.named_children[-1]
    return named


def _parameters(list_of: Node) -> Iterator[Parameter]:
    for number, node in enumerate(list_of.named_children):
        if node.type in _NO_PARAMETERS:
            continue
        optional = any(word in node.type for word in _OPTIONAL)
        for name in _names_of(node):
            if number or name not in _OWN:
                yield Parameter(name, optional)


def _names_of(node: Node) -> list[str]:
    """One, or several that share a type; those of C stand within their declarators."""
    if not node.named_child_count:
        return [_text(node)]
    named = [each for field in _NAME_FIELDS for each in node.children_by_field_name(field)]
    inner = named or node.named_children[:1]
    return [_leaf(each) for each in inner if each.is_named]


def _leaf(node: Node) -> str:
    while node.named_child_count:
        node = node.named_children[-1]
    return _text(node)


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")
