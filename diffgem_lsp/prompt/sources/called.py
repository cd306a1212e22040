"""What a call may be given, by the signature of what is called: the names of its parameters.

People name what they pass on as the parameter is named; a model that sees neither cannot know.
"""

import re
from collections.abc import Iterator

from diffgem_lsp.holes.kinds import HoleKind
from diffgem_lsp.holes.site import HoleSite
from diffgem_lsp.index.declarations import LONGEST, Declaration
from diffgem_lsp.index.workspace import Located
from diffgem_lsp.prompt.sources.declared import Allows, Lookup, family_of
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.grammars import language_of

MOST_DECLARED = 3  # what is declared more often may be any of them
REACH = 200  # characters before the cursor
_CALLEE = re.compile(r"([^\W\d]\w*)\s*\(\Z")
_GENERIC = re.compile(r"<[^<>()]*>")
_NAME = re.compile(r"[^$]*(\$\w+)|([^\W\d]\w*)")  # PHP's types come before the dollar
_SELF = frozenset({"self", "cls"})
_CONSTRUCTORS = ("__init__", "constructor")
LANGUAGES = frozenset({"python", "javascript", "typescript", "ruby", "php", "lua"})


def called(snapshot: Snapshot, hole: HoleSite, index: Lookup, allows: Allows) -> tuple[str, ...]:
    """Texts for the empty arguments at the cursor: what must be given, and all that may be.

    Only in languages where a parameter's name comes first, or nothing but its name is there.
    """
    head = snapshot.text[max(0, snapshot.offset - REACH) : snapshot.offset]
    callee = _CALLEE.search(head)
    if hole.kind is not HoleKind.ARGUMENTS or callee is None:
        return ()
    family = family_of(snapshot.language_id)
    found = [each for each in index.named([callee[1]], MOST_DECLARED + 1)
             if family_of(language_of(each.path) or "") == family]  # fmt: skip
    if family not in LANGUAGES or not 0 < len(found) <= MOST_DECLARED:
        return ()
    texts = [text for each in found if allows(each.file) for text in _texts(each, index)]
    closed = hole.line_tail.startswith(")")
    return tuple(dict.fromkeys(text if closed else f"{text})" for text in texts if text))


def _texts(found: Located, index: Lookup) -> Iterator[str]:
    parameters = list(_parameters(_callable(found, index)))
    needed = [name for name, optional in parameters if not optional]
    yield ", ".join(needed)
    yield ", ".join(name for name, _ in parameters)


def _callable(found: Located, index: Lookup) -> str:
    """The signature that a call must fit: of a class its constructor's."""
    if found.declaration.kind != "class":
        return found.declaration.signature
    makers = (each for each in index.members(found) if each.name in _CONSTRUCTORS)
    return next(makers, Declaration("", "", "", "", 0)).signature


def _parameters(signature: str) -> Iterator[tuple[str, bool]]:
    """Each one's name, and whether it may be left out."""
    start = signature.find("(")
    if start < 0 or len(signature) >= LONGEST:  # it is cut
        return
    for text in _split(_GENERIC.sub("", signature[start + 1 :])):
        named = _NAME.match(text)
        name = (named[1] or named[2]) if named is not None else None
        if name is not None and name not in _SELF:
            yield name, "=" in text or f"{name}?" in text


def _split(text: str) -> Iterator[str]:
    """At the commas of the outermost level, as far as the bracket that ends it."""
    depth, start = 0, 0
    for place, character in enumerate(text):
        if character in "([{":
            depth += 1
        elif character in ")]}" and depth:
            depth -= 1
        elif character == ")" or (character == "," and not depth):
            yield text[start:place].strip()
            start = place + 1
            if character == ")":
                return
