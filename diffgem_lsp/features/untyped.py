"""Methods that LSP does not have: parameters, which come untyped, and places in results."""

from typing import Any

from attrs import frozen
from lsprotocol.types import Position
from pygls.exceptions import JsonRpcInvalidParams

MOST = 2**31 - 1  # the largest unsigned number of LSP


@frozen
class Asked:
    """`version` is the document's, if the client has told it."""

    uri: str
    version: int | None
    position: Position


def asked(params: Any) -> Asked:
    """`{textDocument: {uri, version?}, position}`.  Raises JsonRpcInvalidParams."""
    uri = text(params, "textDocument", "uri")
    version = part(params, "textDocument", "version")
    if version is not None and type(version) is not int:
        raise JsonRpcInvalidParams.of("textDocument.version must be a whole number")
    place = (number(params, "position", name) for name in ("line", "character"))
    return Asked(uri, version, Position(*place))


def text(params: Any, *path: str) -> str:
    """Raises JsonRpcInvalidParams."""
    found = part(params, *path)
    if not isinstance(found, str):
        raise JsonRpcInvalidParams.of(f"{'.'.join(path)} must be a text")
    return found


def number(params: Any, *path: str) -> int:
    """From 0 up.  Raises JsonRpcInvalidParams."""
    found = part(params, *path)
    if type(found) is not int or not 0 <= found <= MOST:
        raise JsonRpcInvalidParams.of(f"{'.'.join(path)} must be a whole number from 0 up")
    return found


def part(params: Any, *path: str) -> Any:
    """None where it is not there."""
    for name in path:
        params = getattr(params, name, None)
    return params


def on_the_wire(position: Position) -> dict[str, int]:
    return {"line": position.line, "character": position.character}
