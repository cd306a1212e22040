"""What a name means where it stands, as far as one file's tree says, and where else it means that.

A variable is told by the scope that binds it, a member by its class where that can be known.
Strings and comments have no names in them.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain, islice

from tree_sitter import Node

from diffgem_lsp.next_edits import binding, grammar
from diffgem_lsp.next_edits.places import Place, is_word, place_at
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.grammars import grammar_of
from diffgem_lsp.syntax.trees import SyntaxTree

REACH = 60_000  # characters before and after a name in which others are looked for
MOST = 400  # places of one name
_ROOT = re.compile(r"\w+")
IDENTIFIER = re.compile(r"[^\W\d]\w*")


def tree_around(snapshot: Snapshot, offset: int) -> SyntaxTree | None:
    """From the first import as far as `REACH` behind `offset`, or farther: the same for places
    nearby, so that it is parsed once.
    """
    if snapshot.tree is None:
        return None
    end = (offset // REACH + 2) * REACH
    return snapshot.tree.covering(0, min(end, len(snapshot.text)))


class Names:
    """The places of one name, in the order of the text, and what they mean."""

    def __init__(self, snapshot: Snapshot, name: str, around: int) -> None:
        """As far as `REACH` from the place `around`."""
        self._snapshot, self._name, self._around = snapshot, name, around
        self._imported: dict[str, bool] = {}
        self._grammar = grammar_of(snapshot.language_id) or ""
        self._scopes = grammar.SCOPES_OF.get(self._grammar, grammar.SCOPES)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The first ones; where those do not reach as far as `around`, half of them and as many
        near it: its own is among them, and mostly what binds it.
        """
        first = [*islice(self._places_of(self._words), MOST)]
        if len(first) < MOST or first[-1].start >= self._around:
            return tuple(first)
        here, few = bisect_left(self._words, (self._around, 0)), MOST // 4
        nearest = self._places_of(self._words[max(0, here - few) : here + few])
        kept = {place.start: place for place in chain(first[: 2 * few], nearest)}
        return tuple(kept[start] for start in sorted(kept))

    @cached_property
    def here(self) -> Place | None:
        """The one at `around`; no others are looked for."""
        span = self._around, self._around + len(self._name)
        return next(self._places_of([span] if is_word(self._snapshot.text, *span) else []), None)

    def at(self, offset: int) -> Place | None:
        return next((place for place in self.places if place.start == offset), None)

    def same_as(self, place: Place) -> list[Place]:
        """All that mean the same, `place` among them."""
        if place.is_keyword:
            return [place]
        home = self._home(place)
        if _is_member(place, home):
            return self._members(place)
        ours = _id(home)
        same = [each for each in self._variables() if _id(self._home(each)) == ours]
        if any(binding.names_type(each.node) for each in same):
            return same
        return [each for each in same if not each.is_type]

    def is_bound_by(self, place: Place) -> bool:
        """Whether the name gets its meaning there: a member, where it is assigned to its owner."""
        if self._binding_scope(place.node) is not None:
            return True
        return place.is_member and place.owner in grammar.OWNERS and binding.is_assigned(place.node)

    @cached_property
    def owners(self) -> list[str]:
        """The objects of the classes around that have a member of the name."""
        return sorted({each.owner for each in self.places if each.owner in grammar.OWNERS})

    def may_own(self, place: Place) -> bool:
        """Whether what stands before a member may be an object of a class of this file: neither a
        module nor a member of something else.
        """
        plain = place.owner in grammar.OWNERS or "." not in place.owner
        return plain and not self._module_of(place)

    def is_visible_at(self, node: Node) -> bool:
        """Whether a variable of the name is bound in one of the scopes around."""
        around = {scope.id for scope in self._scopes_around(node)} | {binding.root(node).id}
        return not around.isdisjoint(self._bound)

    def loop_of(self, place: Place) -> tuple[int, int] | None:
        """From where to where the loop is whose variable is bound there."""
        binder = binding.binder(place.node)
        tree = tree_around(self._snapshot, self._around)
        if binder is None or tree is None or binder[0].type not in grammar.LOOPS:
            return None
        return tree.span(binder[0])

    @cached_property
    def _words(self) -> list[tuple[int, int]]:
        """From where to where the name stands, in strings and comments too."""
        tree, text = tree_around(self._snapshot, self._around), self._snapshot.text
        if tree is None:
            return []
        first, last = max(0, self._around - REACH), min(tree.horizon, self._around + 2 * REACH)
        found = re.compile(re.escape(self._name)).finditer(text, first, last)
        return [match.span() for match in found if is_word(text, *match.span())]

    def _places_of(self, words: Iterable[tuple[int, int]]) -> Iterator[Place]:
        """Those of `words` that are names, looked up as they are asked for."""
        tree = tree_around(self._snapshot, self._around)
        if tree is not None:
            places = (place_at(tree, start, end) for start, end in words)
            yield from (place for place in places if place is not None)

    def _variables(self) -> Iterator[Place]:
        return (each for each in self.places if not each.is_member and not each.is_keyword)

    def _members(self, place: Place) -> list[Place]:
        """Of the same class, as far as can be told; and of objects of any class, if no other class
        of the file has such a member.
        """
        module = self._module_of(place)
        members = [
            each
            for each in self.places
            if not each.is_keyword
            and _is_member(each, self._home(each))
            and self._module_of(each) == module
        ]
        classes = {binding.class_name(p.node) for p in members if self._is_of_class(p)}
        if len(classes) < 2:
            return members
        if not self._is_of_class(place):
            return [place]
        ours = binding.class_name(place.node)
        return [p for p in members if self._is_of_class(p) and binding.class_name(p.node) == ours]

    def _module_of(self, place: Place) -> str:
        """What a member's owner is imported as, if it is; else empty."""
        root = _ROOT.match(place.owner)
        if root is None or place.owner in grammar.OWNERS:
            return ""
        name = root[0]
        if name not in self._imported:
            names = Names(self._snapshot, name, self._around)
            self._imported[name] = any(binding.is_imported(each.node) for each in names.places)
        return name if self._imported[name] else ""

    def _is_of_class(self, place: Place) -> bool:
        """Whether the member is of the class that stands around it."""
        if binding.class_of(place.node) is None:
            return False
        return place.owner in grammar.OWNERS or not place.owner

    def _home(self, place: Place) -> Node | None:
        """The scope that binds a variable; None is the file.  Of a member, what stands around."""
        if place.is_member:
            return binding.class_of(place.node)
        bound = self._binding_scope(place.node)
        if bound is not None:
            return bound
        parent = place.node.parent
        if self._grammar == "php" and parent is not None and parent.type == "variable_name":
            return next(self._scopes_around(place.node), None)  # no function sees around itself
        inner = True
        for scope in self._scopes_around(place.node):
            if scope.id in self._bound and (inner or self._sees(scope)):
                return scope
            inner = inner and binding.is_class(scope)
        return None

    def _sees(self, scope: Node) -> bool:
        """Whether a name in a function of `scope` may be one of `scope`."""
        return self._grammar != "python" or not binding.is_class(scope)

    @cached_property
    def _bound(self) -> frozenset[int]:
        """The scopes in which the name is bound."""
        scopes = (self._binding_scope(each.node) for each in self.places)
        return frozenset(scope.id for scope in scopes if scope is not None)

    def _binding_scope(self, node: Node) -> Node | None:
        """Where the name at `node` is bound, if that is what `node` does."""
        binder = binding.binder(node)
        if binder is None:
            return None
        start, outer = binder
        around = self._scopes_around(start if outer else node)
        return next(around, binding.root(node))

    def _scopes_around(self, node: Node) -> Iterator[Node]:
        """The innermost first; the default of a parameter is none of its function's code."""
        child, parent, is_default = node, node.parent, False
        while parent is not None:
            if parent.type in grammar.DEFAULTS and child == parent.child_by_field_name("value"):
                is_default = True
            elif parent.type in self._scopes:
                if not is_default:
                    yield parent
                is_default = False
            child, parent = parent, parent.parent


def _is_member(place: Place, home: Node | None) -> bool:
    return place.is_member or (home is not None and binding.is_class(home))


def _id(node: Node | None) -> int | None:
    return node.id if node is not None and node.parent is not None else None
