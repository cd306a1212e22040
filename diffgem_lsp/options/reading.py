"""Wire options -> frozen Options.  A bad value is a message to the user plus the default."""

from collections.abc import Mapping
from typing import Any

from attrs import Attribute, evolve, fields

from diffgem_lsp.options.settings import Options

# Clients that are made for Copilot's server say so among the options: they are none of ours.
COPILOTS = frozenset({"editorInfo", "editorPluginInfo"})
LONGEST_SHOWN = 60  # characters of a bad value, in the message about it


def is_copilots(wire: Any) -> bool:
    """Whether it is a client that is made for Copilot's server, and expects its notifications."""
    return isinstance(wire, Mapping) and not COPILOTS.isdisjoint(wire)


def wire_name(attribute: "Attribute[Any]") -> str:
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
    known = {wire_name(attribute): attribute for attribute in fields(Options)}
    options, complaints = Options(), []
    for name, value in wire.items():
        if name in COPILOTS:
            continue
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
