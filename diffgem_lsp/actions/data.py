"""A code action's `data`: all that it takes to do it later, over the wire and back."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, frozen
from lsprotocol.types import Position, Range

from diffgem_lsp.actions.kinds import ActionKind, Offer, Opening, Shape
from diffgem_lsp.snapshots import Snapshot

MOST_OPENINGS = 64
LONGEST = 4_096  # characters of an instruction, and of what leads or trails


class BadData(ValueError):
    """What is no data of ours, in words."""


def written(snapshot: Snapshot, offer: Offer) -> dict[str, Any]:
    """For the wire, its places in the client's units."""
    return {
        "uri": snapshot.uri,
        "version": snapshot.version,
        "revision": snapshot.revision,
        "action": offer.kind.value,
        "title": offer.title,
        "instruction": offer.instruction,
        "openings": [_opening(snapshot, each) for each in offer.openings],
    }


def document_of(data: Any) -> tuple[str, int, int]:
    """The document that it is about, its version and its revision.  Raises BadData."""
    wire = _map(data)
    return _text(wire, "uri"), _whole(wire, "version"), _whole(wire, "revision")


def read(data: Any, snapshot: Snapshot) -> Offer:
    """Of the document that it is about.  Raises BadData."""
    wire = _map(data)
    openings = wire.get("openings")
    if not isinstance(openings, Sequence) or not 0 < len(openings) <= MOST_OPENINGS:
        raise BadData(f"openings should be a list of 1 to {MOST_OPENINGS}")
    found = tuple(_read_opening(snapshot, _map(each)) for each in openings)
    if any(one.end > other.start for one, other in itertools.pairwise(found)):
        raise BadData("openings must be in order, and none within another")
    return Offer(
        _named(ActionKind, wire, "action"),
        _text(wire, "title"),
        found,
        instruction=_text(wire, "instruction"),
    )


@frozen
class Holes:
    """What `diffgem/infillHoles` asks for; None where the client does not say."""

    uri: str
    version: int | None
    ranges: tuple[Range, ...]
    together: bool | None


def holes(params: Any) -> Holes:
    """Of `{textDocument: {uri, version}, positions: […], together}`; a range, which is replaced,
    may stand for a position, and `ranges` for `positions`.  Raises BadData.
    """
    wire = _map(params)
    document = _map(wire.get("textDocument"))
    places = wire.get("positions") or wire.get("ranges")
    if not isinstance(places, Sequence) or not 0 < len(places) <= MOST_OPENINGS:
        raise BadData(f"positions should be a list of 1 to {MOST_OPENINGS}")
    version = None if document.get("version") is None else _whole(document, "version")
    if (together := wire.get("together")) not in (None, True, False):
        raise BadData("together should be true or false")
    ranges = tuple(_range(_map(each)) for each in places)
    return Holes(_text(document, "uri"), version, ranges, together)


def rewriting(arguments: Sequence[Any]) -> tuple[str, Range, str]:
    """A document, a range of it, and what is to be done with it.  Raises BadData."""
    if len(arguments) != 3:
        raise BadData("the arguments must be a document's URI, a range and an instruction")
    wire = {"uri": arguments[0], "instruction": arguments[2]}
    where = _range(_map(arguments[1]))
    instruction = _text(wire, "instruction").strip()
    if not instruction:
        raise BadData("the instruction is empty: say what is to become of the code")
    return _text(wire, "uri"), where, instruction


def _opening(snapshot: Snapshot, opening: Opening) -> dict[str, Any]:
    places = {
        name: {"line": at.line, "character": at.character}
        for name, at in (
            ("start", snapshot.position(opening.start)),
            ("end", snapshot.position(opening.end)),
        )
    }
    return {**places, "shape": opening.shape.value, "lead": opening.lead, "trail": opening.trail}


def _read_opening(snapshot: Snapshot, wire: Mapping[str, Any]) -> Opening:
    start, end = (_place(snapshot, _map(wire.get(name))) for name in ("start", "end"))
    if start > end:
        raise BadData("an opening ends before it starts")
    made = Opening(start, end, _named(Shape, wire, "shape"))
    return evolve(made, lead=_text(wire, "lead"), trail=_text(wire, "trail"))


def _place(snapshot: Snapshot, wire: Mapping[str, Any]) -> int:
    return snapshot.offset_of(_position(wire))


def _range(wire: Mapping[str, Any]) -> Range:
    if "start" not in wire:
        return Range(_position(wire), _position(wire))
    start, end = (_position(_map(wire.get(name))) for name in ("start", "end"))
    return Range(start, end)


def _position(wire: Mapping[str, Any]) -> Position:
    return Position(_whole(wire, "line"), _whole(wire, "character"))


def _map(value: Any) -> Mapping[str, Any]:
    """What pygls makes of an object whose type it does not know is a tuple with names."""
    found = value._asdict() if hasattr(value, "_asdict") else value
    if not isinstance(found, Mapping):
        raise BadData("data should be what this server gave with the action")
    return found


def _text(wire: Mapping[str, Any], name: str) -> str:
    value = wire.get(name)
    if not isinstance(value, str) or len(value) > LONGEST:
        raise BadData(f"{name} should be a text of at most {LONGEST} characters")
    return value


def _whole(wire: Mapping[str, Any], name: str) -> int:
    value = wire.get(name)
    if type(value) is not int or not 0 <= value < 2**31:
        raise BadData(f"{name} should be a whole number")
    return value


def _named(names: type[Any], wire: Mapping[str, Any], name: str) -> Any:
    value = wire.get(name)
    known = [each.value for each in names]
    if value not in known:
        raise BadData(f"{name} should be one of {', '.join(known)}")
    return names(value)
