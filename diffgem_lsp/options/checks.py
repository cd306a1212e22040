"""Checks of wire values: each gives what to use, or raises ValueError with what it should be."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from attrs import frozen

_UNUSABLE = re.compile("[\0\ud800-\udfff]")
LONGEST_NAME = 4_096  # characters of a path or an endpoint
MOST_SWITCHES = 1_000
Schema = Mapping[str, Any]


@frozen
class Check:
    """`schema` says the same in the words of JSON Schema, for the settings of editors."""

    read: Callable[[Any], Any]
    schema: Schema

    def __call__(self, value: Any) -> Any:
        return self.read(value)


def _flag(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise ValueError("true or false")


def _text(value: Any) -> str:
    if not _usable(value):
        raise ValueError("a text that is not empty")
    if len(value) > LONGEST_NAME:
        raise ValueError(f"a text of at most {LONGEST_NAME} characters")
    return str(value)


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(map(_usable, value)):
        raise ValueError("a list of texts that are not empty")
    return tuple(value)


def one_of(*choices: str) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError("one of " + ", ".join(choices))
        return value

    return Check(check, {"type": "string", "enum": list(choices)})


def _switches(value: Any) -> Mapping[str, bool]:
    """Immutable, in the order given."""
    if not isinstance(value, Mapping) or len(value) > MOST_SWITCHES:
        raise ValueError(f"an object of at most {MOST_SWITCHES} names, each true or false")
    for name, on in value.items():
        if not _usable(name) or not (on is True or on is False):
            raise ValueError("an object with true or false for each name")
    return MappingProxyType(dict(value))


def whole(least: int, most: int) -> Check:
    def check(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:  # True is an int as well
            raise ValueError(f"a whole number, {least} to {most}")
        return value

    return Check(check, {"type": "integer", "minimum": least, "maximum": most})


def number(least: float, most: float) -> Check:
    def check(value: Any) -> float:
        if type(value) not in (int, float) or not least <= value <= most:
            raise ValueError(f"a number, {least:g} to {most:g}")
        return float(value)

    return Check(check, {"type": "number", "minimum": least, "maximum": most})


def _usable(value: Any) -> bool:
    """Whether it can be a file's name or a program's argument."""
    return isinstance(value, str) and value != "" and not _UNUSABLE.search(value)


flag = Check(_flag, {"type": "boolean"})
text = Check(_text, {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME})
words = Check(_words, {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1})
switches = Check(
    _switches,
    {
        "type": "object",
        "additionalProperties": {"type": "boolean"},
        "maxProperties": MOST_SWITCHES,
    },
)
