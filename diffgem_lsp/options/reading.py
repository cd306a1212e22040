"""Wire options -> frozen Options.  A bad value is a message to the user plus the default."""

import json
from collections.abc import Iterable, Mapping
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
            complaints.append(f"option {_short(name)} is not known{_alike(name, known)}")
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
        told = f"option {name!r} should be {error}, not {_short(value)}"
        return options, [f"{told}; the default is used: {default_of(attribute)}"]
    return evolve(options, **{attribute.name: checked}), []


def default_of(attribute: "Attribute[Any]") -> str:
    """As users write it; of what has none by itself, where it comes from."""
    value = attribute.default
    if value is None:
        return str(attribute.metadata["unset"])
    return json.dumps(dict(value) if isinstance(value, Mapping) else value)


def _alike(name: Any, known: Iterable[str]) -> str:
    """What was probably meant; all of them would be a page."""
    import difflib  # noqa: PLC0415 -- not at every start

    plain = {each.casefold(): each for each in known}
    like = str(name)[:LONGEST_SHOWN].replace("_", "").casefold()
    found = difflib.get_close_matches(like, plain, n=1)
    return f", {plain[found[0]]!r} is" if found else "; `diffgem-lsp options` lists those that are"


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}…"
