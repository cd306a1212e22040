"""What a message may hold, read strictly: nothing is converted but an integer where a float is
expected.
"""

from collections.abc import Callable, Sized
from typing import Any, Never, cast, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn

from diffgem_engine.protocol.client import ClientMessage, Segment
from diffgem_engine.protocol.engine import EngineMessage, Failure

# Of one array or map, and above what a request needs: a canvas of 256 slots has at most 513
# segments; more texts to count go in several messages.  What is wrong in each item is collected,
# so millions of them would take minutes.
MAX_ITEMS = 520


class Mismatch(ValueError):
    """A value of the wrong type; the text says what was expected."""


def short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def kind_of(value: object) -> str:
    names = {"dict": "map", "list": "array", "NoneType": "null"}
    return names.get(type(value).__name__, type(value).__name__)


def _refuse(expected: str, value: object) -> Never:
    raise Mismatch(f"expected {expected}, got {kind_of(value)}")


def _bounded(expected: str, kind: type, value: Any) -> Any:
    if type(value) is not kind:
        _refuse(expected, value)
    size = len(cast(Sized, value))
    if size > MAX_ITEMS:
        raise Mismatch(f"expected at most {MAX_ITEMS} items, got {size}")
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
            raise Mismatch(f"unknown type {short(tag)}, expected one of {', '.join(members)}")
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


CONVERTER = _make_converter()
