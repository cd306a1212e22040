"""Messages to msgpack and back, strictly.  Imports no torch and no HTTP client.

A frame is one map whose `type` names the class; so is every segment of a canvas.  A field with
a default may be left out.  `protocol.reading` has what their values may be.
"""

from typing import Any, cast

import msgpack
from cattrs import BaseValidationError, ForbiddenExtraKeysError, transform_error

from diffgem_engine.protocol import PROTOCOL_VERSION, ClientMessage, EngineMessage
from diffgem_engine.protocol.reading import CONVERTER, MAX_ITEMS, Mismatch, kind_of, short

__all__ = [
    "MAX_FRAME",
    "MAX_ITEMS",
    "MessageError",
    "decode_client",
    "decode_engine",
    "encode",
]

MAX_FRAME = 4 * 1024 * 1024  # bytes, of one message
MAX_REASON = 500  # characters


class MessageError(ValueError):
    """A frame that is not a message, with the path to what is wrong in it.

    `request_id` is the frame's `id` where that much could be read; `code` is a Failure's code.
    """

    def __init__(
        self, message: str, request_id: int | None = None, code: str = "bad-message"
    ) -> None:
        super().__init__(message)
        self.request_id = request_id
        self.code = code


def encode(message: ClientMessage | EngineMessage) -> bytes:
    """The frame of a message.  MessageError for what msgpack cannot carry (a lone surrogate)."""
    body = {"type": type(message).__name__, **CONVERTER.unstructure(message)}
    try:
        return cast(bytes, msgpack.packb(body))
    except (ValueError, OverflowError) as error:
        raise MessageError(f"cannot be sent: {error}", getattr(message, "id", None)) from error


def decode_client(frame: bytes) -> ClientMessage:
    """What a client sent.  A Hello of another version is MessageError with code bad-version."""
    body = _unpack(frame)
    _check_version(body)
    return cast(ClientMessage, _read(body, ClientMessage))


def decode_engine(frame: bytes) -> EngineMessage:
    """What an engine sent."""
    return cast(EngineMessage, _read(_unpack(frame), EngineMessage))


def _unpack(frame: bytes) -> dict[str, Any]:
    try:
        body = msgpack.unpackb(frame)
    except (ValueError, msgpack.UnpackException) as error:
        raise MessageError(
            f"not msgpack, as it must be: {str(error) or type(error).__name__}"
        ) from error
    if type(body) is not dict:
        raise MessageError(f"expected map, got {kind_of(body)} @ $")
    return body


def _read(body: dict[str, Any], union: Any) -> Any:
    try:
        return CONVERTER.structure(body, union)
    except (BaseValidationError, Mismatch) as error:
        lines = transform_error(error, format_exception=_describe)
        raise MessageError("; ".join(lines[:3])[:MAX_REASON], _request_id(body)) from error


def _check_version(body: dict[str, Any]) -> None:
    """Before the fields are read: another version's Hello may have other fields."""
    theirs = body.get("protocol")
    if body.get("type") != "Hello" or type(theirs) is not int or theirs == PROTOCOL_VERSION:
        return
    newer = theirs > PROTOCOL_VERSION
    which = "engine" if newer else "client"
    raise MessageError(
        f"this engine speaks protocol {PROTOCOL_VERSION}, the client {theirs}: "
        f"upgrade the {which} from a newer clone or wheel, then restart it",
        code="bad-version",
    )


def _request_id(body: dict[str, Any]) -> int | None:
    found = body.get("id")
    return found if type(found) is int else None


def _describe(error: BaseException, _kind: type | None) -> str:
    if isinstance(error, KeyError):
        return "missing field"
    if isinstance(error, ForbiddenExtraKeysError):
        return "unknown field " + ", ".join(sorted(short(name) for name in error.extra_fields))
    return str(error)
