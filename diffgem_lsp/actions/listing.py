"""What is offered for a cursor or a selection: by the tree and the text alone, without a model."""

import re
from collections.abc import Callable, Iterator, Sequence

from attrs import frozen
from lsprotocol.types import Diagnostic

from diffgem_lsp.actions import documenting, filling, mending
from diffgem_lsp.actions.functions import function_at
from diffgem_lsp.actions.kinds import ActionKind, Offer, Opening, Shape
from diffgem_lsp.actions.layout import on_code, trimmed
from diffgem_lsp.snapshots import Snapshot

LONGEST_MESSAGE = 60  # characters of a diagnostic, in a title
MOST_SELECTED = 20_000  # characters: more than any hole has room for
# The first line of a selection, where it says what to do with the rest.
_ASKED = re.compile(r"(?:#|//|--|/\*|<!--)\s*diffgem:(.*)", re.IGNORECASE)
_ENDS = ("*/", "-->")  # of a comment


@frozen
class Asked:
    """Where the editor asks, and for what."""

    snapshot: Snapshot
    start: int
    end: int
    diagnostics: Sequence[Diagnostic] = ()
    only: tuple[str, ...] = ()  # kinds; none means any
    by_itself: bool = False  # the editor asks on its own, as the cursor moves
    instructions: bool = False  # the checkpoint follows any

    @property
    def place(self) -> int:
        """Of a cursor, the nearest character of code."""
        return on_code(self.snapshot, self.start)

    @property
    def is_selection(self) -> bool:
        return bool(self.snapshot.text[self.start : self.end].strip())

    def wants(self, kind: ActionKind) -> bool:
        """Kinds are a hierarchy of words with dots between them."""
        return not self.only or any(f"{kind.lsp}.".startswith(f"{each}.") for each in self.only)


def offers(asked: Asked) -> list[Offer]:
    """In the order of the menu.  An editor that asks by itself hears of what is broken or missing
    alone: a light bulb on every line means nothing.
    """
    listed = _LISTED[:2] if asked.by_itself and not asked.only else _LISTED
    return [each for find in listed for each in find(asked) if asked.wants(each.kind)]


def instructed(snapshot: Snapshot, start: int, end: int, instruction: str) -> Offer:
    """To rewrite a range as the instruction says."""
    opening = _selected(snapshot, start, end)
    return Offer(ActionKind.REWRITE, "Rewrite as told", (opening,), instruction=instruction)


def _fixes(asked: Asked) -> Iterator[Offer]:
    for diagnostic, opening in mending.mendable(asked.snapshot, asked.diagnostics):
        title = f"Fix: {_short(diagnostic.message)}"
        yield Offer(ActionKind.FIX, title, (opening,), diagnostic)


def _fills(asked: Asked) -> Iterator[Offer]:
    openings: tuple[Opening, ...] = ()
    if asked.is_selection:
        openings = filling.openings_in(asked.snapshot, asked.start, asked.end)
    elif (opening := filling.opening_at(asked.snapshot, asked.start)) is not None:
        openings = (opening,)
    if len(openings) == 1:
        yield Offer(ActionKind.FILL, "Fill this hole", openings)
    elif openings:
        title = f"Fill the {len(openings)} holes of the selection"
        yield Offer(ActionKind.FILL_ALL, title, openings)


def _completions(asked: Asked) -> Iterator[Offer]:
    snapshot = asked.snapshot
    function = function_at(snapshot, asked.place) if not asked.is_selection else None
    if function is None or snapshot.tree is None or function.is_empty(snapshot.tree):
        return
    opening = filling.rest_of(snapshot, function)
    if opening is not None:
        yield Offer(ActionKind.COMPLETE, "Complete this function", (opening,))


def _documentation(asked: Asked) -> Iterator[Offer]:
    opening = documenting.documentation_of(asked.snapshot, asked.place)
    if opening is not None and not asked.is_selection:
        yield Offer(ActionKind.DOCUMENT, "Write the documentation", (opening,))


def _regenerations(asked: Asked) -> Iterator[Offer]:
    if asked.is_selection and asked.end - asked.start <= MOST_SELECTED:
        opening = _selected(asked.snapshot, asked.start, asked.end)
        yield Offer(ActionKind.REGENERATE, "Regenerate the selection", (opening,))


def _rewrites(asked: Asked) -> Iterator[Offer]:
    """Where the selection begins with a comment for us, which goes with what it asks for."""
    snapshot, small = asked.snapshot, asked.end - asked.start <= MOST_SELECTED
    if not (asked.instructions and asked.is_selection and small):
        return
    opening = _selected(snapshot, asked.start, asked.end)
    first, _, rest = snapshot.text[opening.start : opening.end].partition("\n")
    instruction = _instruction(first.strip())
    if instruction and rest.strip():
        title = f"Rewrite: {_short(instruction)}"
        yield Offer(ActionKind.REWRITE, title, (opening,), instruction=instruction)


def _instruction(line: str) -> str:
    """What a comment asks for; empty where it asks for nothing."""
    found = _ASKED.fullmatch(line)
    asked = found[1].strip() if found is not None else ""
    for end in _ENDS:
        asked = asked.removesuffix(end).rstrip()
    return asked


def _selected(snapshot: Snapshot, start: int, end: int) -> Opening:
    """Without the white space around it, which stays."""
    start, end = trimmed(snapshot, start, end)
    several = "\n" in snapshot.text[start:end] or "\r" in snapshot.text[start:end]
    return Opening(start, end, Shape.CODE if several else Shape.LINE)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_MESSAGE else f"{line[:LONGEST_MESSAGE]}…"


_LISTED: tuple[Callable[[Asked], Iterator[Offer]], ...] = (
    _fixes,
    _fills,
    _completions,
    _documentation,
    _regenerations,
    _rewrites,
)
