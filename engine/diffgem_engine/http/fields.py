"""The values of a JSON object, each of the type that its reader wants."""

import json
import math
from typing import Any, Never, cast

from diffgem_engine.backends import RequestError

MOST_STOPS = 16
LONGEST_STOP = 256  # characters


class BadField(RequestError):
    """A value that cannot be what it is named; `param` is that name, empty for the whole body."""

    def __init__(self, param: str, message: str) -> None:
        super().__init__("bad-request", message)
        self.param = param


class Fields:
    """Of one body.  What is absent or null has the default; its methods raise BadField."""

    def __init__(self, body: bytes) -> None:
        self._values = _object(body)

    def text(self, name: str, default: str = "") -> str:
        value = self._value(name)
        return default if value is None else as_text(name, value)

    def whole(self, name: str, default: int | None = None) -> int | None:
        value = self._value(name)
        if value is None:
            return default
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise BadField(name, f"{name} must be a whole number")
        return value

    def number(self, name: str) -> float | None:
        value = self._value(name)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool) or not _finite(value):
            raise BadField(name, f"{name} must be a number")
        return float(value)

    def flag(self, name: str) -> bool:
        value = self._value(name)
        if value is not None and not isinstance(value, bool):
            raise BadField(name, f"{name} must be true or false")
        return bool(value)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, or a single one."""
        value = self._value(name)
        if value is None:
            return ()
        every = value if isinstance(value, list) else [value]
        return tuple(as_text(name, each) for each in every)

    def stops(self) -> tuple[str, ...]:
        found = self.texts("stop")
        if len(found) > MOST_STOPS or any(len(each) > LONGEST_STOP for each in found):
            raise BadField(
                "stop", f"stop must be at most {MOST_STOPS} texts of {LONGEST_STOP} characters"
            )
        return tuple(each for each in found if each)

    def objects(self, name: str) -> list[dict[str, Any]]:
        value = self._value(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise BadField(name, f"{name} must be a list of objects")
        return value

    def part(self, name: str) -> dict[str, Any]:
        value = self._value(name)
        if value is not None and not isinstance(value, dict):
            raise BadField(name, f"{name} must be an object")
        return value or {}

    def refuse(self, name: str, why: str) -> None:
        """Unless it says nothing: absent, null, false, zero or empty."""
        if self._value(name):
            raise BadField(name, f"{name} is not supported, leave it out: {why}")

    def _value(self, name: str) -> Any:
        return self._values.get(name)


def as_text(name: str, value: object) -> str:
    """Raises BadField, for half of a surrogate pair as well: no tokenizer takes it."""
    if not isinstance(value, str):
        raise BadField(name, f"{name} must be text")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise BadField(
                name, f"{name} has half of a surrogate pair: send whole characters"
            ) from error
    return value


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except RecursionError as error:
        raise BadField("", "the body is nested too deeply: send plain fields") from error
    except ValueError as error:
        raise BadField("", f"the body is not JSON ({error}): send a JSON object") from error
    if not isinstance(value, dict):
        raise BadField("", "the body must be a JSON object")
    return cast(dict[str, Any], value)


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is no number")


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
