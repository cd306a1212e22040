"""Declarations that the code at the cursor uses, by the index of the workspace."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePath
from typing import Protocol

from attrs import frozen

from diffgem_lsp.index.declarations import Declaration
from diffgem_lsp.index.workspace import Located, file_of
from diffgem_lsp.prompt.snippets import DECLARATIONS, Snippet
from diffgem_lsp.prompt.used import imported_words, names_around
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.grammars import grammar_of, language_of

MOST = 16
MOST_MEMBERS = 6
COMMON = 8  # a name that is declared more often says nothing, unless it is imported
MOST_OF_IMPORTED = 40
IMPORTED, OF_IMPORTED_MODULE, IN_CLASS = 3.0, 1.5, 0.7
NOT_IMPORTED, BARE_VARIABLE = 0.4, 0.3  # where what is used is imported: likely something else
_WITHOUT_IMPORTS = frozenset({"bash", "cpp", "go", "java", "lua", "php", "ruby"})
_FAMILIES = {"c": "cpp", "javascript": "typescript", "tsx": "typescript"}


Allows = Callable[[Path], bool]


class Lookup(Protocol):
    """`index.workspace.WorkspaceIndex` is one."""

    def named(self, names: Sequence[str], most: int) -> list[Located]: ...

    def members(self, of: Located) -> list[Declaration]: ...


@frozen
class _Ranked:
    located: Located
    score: float
    reason: str


def declared(snapshot: Snapshot, index: Lookup, allows: Allows) -> Iterator[Snippet]:
    """For each name the declaration that is likeliest meant; the `MOST` likeliest of all.

    Of files that may be read now: what is indexed may have been ignored since.
    """
    best = sorted(_ranked(snapshot, index), key=lambda each: -each.score)
    readable = (each for each in best if allows(each.located.file))
    for ranked in islice(readable, MOST):
        at = ranked.located
        members = index.members(at) if at.declaration.kind == "class" else []
        text = _text(at.declaration, members)
        yield Snippet(DECLARATIONS, at.path, text, ranked.score, ranked.reason)


def _ranked(snapshot: Snapshot, index: Lookup) -> Iterator[_Ranked]:
    names = names_around(snapshot)
    imported, here = imported_words(snapshot), file_of(snapshot.uri)
    family = _family(snapshot.language_id)
    by_name: dict[str, list[Located]] = defaultdict(list)
    common = [name for name in names if name not in imported]
    known = index.named([name for name in names if name in imported], MOST_OF_IMPORTED)
    for located in (*known, *index.named(common, COMMON + 1)):
        if located.file != here and _family(language_of(located.path) or "") == family:
            by_name[located.declaration.name].append(located)
    for number, name in enumerate(names):
        candidates = by_name[name]
        if candidates and (name in imported or len(candidates) <= COMMON):
            weight = 1.0 / (1.0 + number / 10) / min(COMMON, len(candidates))
            judged = (_judged(each, weight, imported, here, family) for each in candidates)
            yield max(judged, key=lambda each: each.score)


def _judged(
    located: Located,
    weight: float,
    imported: frozenset[str],
    here: PurePath | None,
    family: str,
) -> _Ranked:
    found, why = located.declaration, ["it is used near the cursor"]
    if found.name in imported:
        weight *= IMPORTED
        why.append("imported")
    if PurePath(located.path).stem in imported:
        weight *= OF_IMPORTED_MODULE
        why.append("its module is imported")
    if len(why) == 1 and family not in _WITHOUT_IMPORTS:
        weight *= NOT_IMPORTED * (BARE_VARIABLE if found.kind == "variable" else 1.0)
    if found.container:
        weight *= IN_CLASS
    if here is not None:
        weight *= 1.0 + _shared(located.file, here) / 2
    return _Ranked(located, weight, ", ".join(why))


def _shared(one: PurePath, other: PurePath) -> float:
    """0..1: how much of the way to them two files have in common."""
    ways = one.parent.parts, other.parent.parts
    common = 0
    for a, b in zip(*ways, strict=False):
        if a != b:
            break
        common += 1
    return common / max(1, *map(len, ways))


def _text(found: Declaration, members: Sequence[Declaration]) -> str:
    public = [each for each in members if not each.name.startswith("_") or each.name == "__init__"]
    shown = sorted(public, key=lambda each: each.kind != "function")[:MOST_MEMBERS]
    lines = [each.signature for each in sorted(shown, key=lambda each: each.line)]
    return "\n".join([found.signature, *(f"    {line}" for line in lines)])


def _family(language_id: str) -> str:
    grammar = grammar_of(language_id) or language_id
    return _FAMILIES.get(grammar, grammar)
