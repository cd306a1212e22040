"""Messages to msgpack and back, strictly.  Imports no torch and no HTTP client.

A frame is one map whose `type` names the class; so is every segment of a canvas.  A field with
a default may be left out.  Nothing is converted but an integer where a float is expected.
"""

from collections.abc import Callable, Sized
from typing import Any, Never, cast, get_args, get_origin

import attrs
import msgpack
from cattrs import BaseValidationError, Converter, ForbiddenExtraKeysError, transform_error
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn

from diffgem_engine.protocol import (
    PROTOCOL_VERSION,
    ClientMessage,
    EngineMessage,
    Failure,
    Segment,
)

MAX_FRAME = 4 * 1024 * 1024  # bytes, of one message
MAX_REASON = 500  # characters
# Of one array or map, and above what a request needs: a canvas of 256 slots has at most 513
# segments; more texts to count go in several messages.  What is wrong in each item is collected,
# so millions of them would take minutes.
MAX_ITEMS = 520


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
    body = {"type": type(message).__name__, **_converter.unstructure(message)}
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


class _Mismatch(ValueError):
    """A value of the wrong type; the text says what was expected."""


def _unpack(frame: bytes) -> dict[str, Any]:
    try:
        body = msgpack.unpackb(frame)
    except (ValueError, msgpack.UnpackException) as error:
        raise MessageError(
            f"not msgpack, as it must be: {str(error) or type(error).__name__}"
        ) from error
    if type(body) is not dict:
        raise MessageError(f"expected map, got {_kind(body)} @ $")
    return body


def _read(body: dict[str, Any], union: Any) -> Any:
    try:
        return _converter.structure(body, union)
    except (BaseValidationError, _Mismatch) as error:
        lines = transform_error(error, format_exception=_describe)
        raise MessageError("; ".join(lines[:3])[:MAX_REASON], _request_id(body)) from error


def _check_version(body: dict[str, Any]) -> None:
    """Before the fields are read: another version's Hello may have other fields."""
    theirs = body.get("protocol")
    if body.get("type") != "Hello" or type(theirs) is not int or theirs == PROTOCOL_VERSION:
        return
    newer = theirs > PROTOCOL_VERSION
    which, package = ("engine", "'diffgem-lsp[engine]'") if newer else ("client", "diffgem-lsp")
    raise MessageError(
        f"this engine speaks protocol {PROTOCOL_VERSION}, the client {theirs}: "
        f"upgrade the {which} (pip install -U {package}), then restart it",
        code="bad-version",
    )


def _request_id(body: dict[str, Any]) -> int | None:
    found = body.get("id")
    return found if type(found) is int else None


def _describe(error: BaseException, _kind: type | None) -> str:
    if isinstance(error, KeyError):
        return "missing field"
    if isinstance(error, ForbiddenExtraKeysError):
        return "unknown field " + ", ".join(sorted(_short(name) for name in error.extra_fields))
    return str(error)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _kind(value: object) -> str:
    names = {"dict": "map", "list": "array", "NoneType": "null"}
    return names.get(type(value).__name__, type(value).__name__)


def _refuse(expected: str, value: object) -> Never:
    raise _Mismatch(f"expected {expected}, got {_kind(value)}")


def _bounded(expected: str, kind: type, value: Any) -> Any:
    if type(value) is not kind:
        _refuse(expected, value)
    size = len(cast(Sized, value))
    if size > MAX_ITEMS:
        raise _Mismatch(f"expected at most {MAX_ITEMS} items, got {size}")
    return value


def _exactly(kind: type) -> Callable[[Any, Any], Any]:
    def read(value: Any, _type: Any) -> Any:
        return value if type(value) is kind else _refuse(kind.__name__, value)

    return read


def _float(value: Any, _type: Any) -> float:
    if type(value) is float:
        return value
    return float(value) if type(value) is int else _refuse("float", value)


def _map_reader(cls: type, converter: Converter) -> Callable[[Any, Any], Any]:
    read: Callable[..., Any] = make_dict_structure_fn(
        cls, converter, _cattrs_forbid_extra_keys=True
    )

    def structure(value: Any, _type: Any) -> Any:
        return read(_bounded("map", dict, value), cls)

    return structure


def _array_reader(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    read = homogenous_tuple_structure_factory(kind, converter)

    def structure(value: Any, _type: Any) -> Any:
        return read(_bounded("array", list, value), kind)

    return structure


def _is_array(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _tag(converter: Converter, union: Any) -> None:
    """Tell the members of `union` apart by the field `type`."""
    members = {cls.__name__: cls for cls in get_args(union)}

    def structure(value: Any, _type: Any) -> Any:
        tag = _bounded("map", dict, value).get("type")
        if type(tag) is not str or tag not in members:
            raise _Mismatch(f"unknown type {_short(tag)}, expected one of {', '.join(members)}")
        return converter.structure({k: v for k, v in value.items() if k != "type"}, members[tag])

    def unstructure(value: Any) -> dict[str, Any]:
        return {"type": type(value).__name__, **converter.unstructure(value)}

    converter.register_structure_hook(union, structure)
    converter.register_unstructure_hook(union, unstructure)


def _make_converter() -> Converter:
    converter = Converter()
    for kind in (int, str, bool, bytes):
        converter.register_structure_hook(kind, _exactly(kind))
    converter.register_structure_hook(float, _float)
    converter.register_structure_hook_factory(attrs.has, _map_reader)
    converter.register_structure_hook_factory(_is_array, _array_reader)
    # clients of every version read a bad-version, as long as it has what it had in the first
    converter.register_unstructure_hook(
        Failure, make_dict_unstructure_fn(Failure, converter, _cattrs_omit_if_default=True)
    )
    for union in (Segment, ClientMessage, EngineMessage):
        _tag(converter, union)
    return converter


_converter = _make_converter()
