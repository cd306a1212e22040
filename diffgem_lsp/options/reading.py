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


def parse_options(
    wire: Any, trusted: bool = True, before: Options | None = None
) -> tuple[Options, list[str]]:
    """Options, and what to tell the user of values that were not taken.

    Where a value is bad, that of the options `before` stays: a slip in a list of files that are to
    be left alone must not lay them open.  `null` means the default; a name that is not known is
    told as well.  A client that is not `trusted` does not decide which program runs, which files it
    loads, or what it talks to.
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
            complaints.append(
                f"option {name!r} is not taken over TCP, where any user may connect: use stdio"
            )
        elif value is not None:
            taken, complaint = _checked(attribute, name, value, before or Options())
            options = evolve(options, **{attribute.name: taken})
            complaints.extend(complaint)
    return options, complaints


def as_it_runs(options: Options, before: Options) -> tuple[Options, list[str]]:
    """`options`, but what decides what runs as it was `before`, and what to tell the user of it."""
    decisive = [each for each in fields(Options) if each.metadata["runs"]]
    kept = {each.name: getattr(before, each.name) for each in decisive}
    complaints = [
        f"option {wire_name(each)!r} is not taken from a project, whose files this editor reads it "
        "from unasked: give it in initializationOptions"
        for each in decisive
        if getattr(options, each.name) not in (each.default, kept[each.name])
    ]
    return evolve(options, **kept), complaints


def _checked(
    attribute: "Attribute[Any]", name: str, value: Any, before: Options
) -> tuple[Any, list[str]]:
    try:
        return attribute.metadata["check"](value), []
    except ValueError as error:
        kept = getattr(before, attribute.name)
        used = f"the default is used: {default_of(attribute)}"
        if kept != attribute.default:
            used = f"as before: {_short(_plain(kept))}"
        return kept, [f"option {name!r} should be {error}, not {_short(value)}; {used}"]


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def default_of(attribute: "Attribute[Any]") -> str:
    """As users write it; of what has none by itself, where it comes from."""
    value = attribute.default
    if value is None:
        return str(attribute.metadata["unset"])
    return json.dumps(_plain(value))


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
