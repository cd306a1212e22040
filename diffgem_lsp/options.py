"""Wire options -> frozen Options.  A bad value is a message to the user plus the default."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from attrs import Attribute, evolve, field, fields, frozen

from diffgem_engine.protocol import Sampling

_UNUSABLE = re.compile("[\0\ud800-\udfff]")
LONGEST_SHOWN = 60  # characters of a bad value, in the message about it
MOST_CHARACTERS = 100_000  # of context: more than any checkpoint reads, less than a frame holds
LONGEST_NAME = 4_096  # characters of a path or an endpoint
Check = Callable[[Any], Any]  # the value to use; raises ValueError with what it should be


def _flag(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise ValueError("true or false")


def _usable(value: Any) -> bool:
    """Whether it can be a file's name or a program's argument."""
    return isinstance(value, str) and value != "" and not _UNUSABLE.search(value)


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


def _whole(least: int, most: int) -> Check:
    def check(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:  # True is an int as well
            raise ValueError(f"a whole number, {least} to {most}")
        return value

    return check


def _number(least: float, most: float) -> Check:
    def check(value: Any) -> float:
        if type(value) not in (int, float) or not least <= value <= most:
            raise ValueError(f"a number, {least:g} to {most:g}")
        return float(value)

    return check


def _option(default: Any, check: Check, decides_what_runs: bool = False) -> Any:
    return field(default=default, metadata={"check": check, "runs": decides_what_runs})


@frozen
class Options:
    """What a client may set in `initializationOptions`, in camel case."""

    enabled: bool = _option(True, _flag)
    engine_socket: str | None = _option(
        None, _text, decides_what_runs=True
    )  # a path, or tcp://HOST:PORT
    engine_command: tuple[str, ...] | None = _option(None, _words, decides_what_runs=True)
    model: str | None = _option(
        None, _text, decides_what_runs=True
    )  # a folder or hub id, for an engine started here
    max_lines: int = _option(12, _whole(1, 200))
    min_confidence: float = _option(0.0, _number(0.0, 1.0))
    drafts: bool = _option(True, _flag)
    fallback: bool = _option(False, _flag)  # where nothing is worth showing, ask once more
    prefix_characters: int | None = _option(None, _whole(100, MOST_CHARACTERS))
    suffix_characters: int | None = _option(None, _whole(0, MOST_CHARACTERS))
    steps: int | None = _option(None, _whole(1, 256))
    seed: int = _option(0, _whole(0, 2**31))

    @property
    def sampling(self) -> Sampling:
        return Sampling(steps=self.steps)


def _wire_name(attribute: "Attribute[Any]") -> str:
    first, *rest = attribute.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def parse_options(wire: Any, trusted: bool = True) -> tuple[Options, list[str]]:
    """Options, and what to tell the user of values that were not taken.

    `null` means the default; a name that is not known is told as well.  A client that is not
    `trusted` does not decide which program runs, which files it loads, or what it talks to.
    """
    if wire is None:
        return Options(), []
    if not isinstance(wire, Mapping):
        return Options(), ["initializationOptions should be an object; the defaults are used"]
    known = {_wire_name(attribute): attribute for attribute in fields(Options)}
    options, complaints = Options(), []
    for name, value in wire.items():
        attribute = known.get(name)
        if attribute is None:
            complaints.append(f"option {_short(name)} is not known; one of {', '.join(known)}")
        elif value is not None and attribute.metadata["runs"] and not trusted:
            complaints.append(f"option {name!r} is not taken over TCP, where any user may connect")
        elif value is not None:
            options, complaint = _set(options, attribute, name, value)
            complaints.extend(complaint)
    return options, complaints


def _set(
    options: Options, attribute: "Attribute[Any]", name: str, value: Any
) -> tuple[Options, list[str]]:
    try:
        checked = attribute.metadata["check"](value)
    except ValueError as error:
        used = getattr(options, attribute.name)
        return options, [
            f"option {name!r} should be {error}, not {_short(value)}; {used!r} is used"
        ]
    return evolve(options, **{attribute.name: checked}), []


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}…"
