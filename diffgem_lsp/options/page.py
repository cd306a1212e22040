"""The settings as a page, from their one source."""

import json
import textwrap
from collections.abc import Mapping
from typing import Any

from attrs import Attribute, fields

from diffgem_lsp.options.reading import default_of, wire_name
from diffgem_lsp.options.settings import Options

HEAD = "| option | default | |\n| --- | --- | --- |\n"


def markdown() -> str:
    """A row for every setting: its name on the wire, its default, its meaning."""
    return HEAD + "".join(f"{_row(attribute)}\n" for attribute in fields(Options))


def plain() -> str:
    """The same for a terminal."""
    return "\n".join(_paragraph(attribute) for attribute in fields(Options))


def schema() -> str:
    """For the settings of editors: the name on the wire to a JSON Schema, with `unset` where the
    default is null, and `decidesWhatRuns` where the value decides which program runs, which files
    it loads or what it talks to.
    """
    properties = {wire_name(attribute): _property(attribute) for attribute in fields(Options)}
    return json.dumps(properties, indent=2, ensure_ascii=False)


def _property(attribute: "Attribute[Any]") -> dict[str, Any]:
    about, default = attribute.metadata, attribute.default
    found = {
        **about["check"].schema,
        "default": dict(default) if isinstance(default, Mapping) else default,
        "description": about["meaning"],
    }
    if default is None:
        found |= {"type": [found["type"], "null"], "unset": about["unset"]}
    if about["runs"]:
        found["decidesWhatRuns"] = True
    return found


def _paragraph(attribute: "Attribute[Any]") -> str:
    meaning = textwrap.fill(
        str(attribute.metadata["meaning"]), 78, initial_indent="    ", subsequent_indent="    "
    )
    return f"{wire_name(attribute)} = {_default(attribute)}\n{meaning}\n".replace("`", "")


def _row(attribute: "Attribute[Any]") -> str:
    return f"| `{wire_name(attribute)}` | {_default(attribute)} | {attribute.metadata['meaning']} |"


def _default(attribute: "Attribute[Any]") -> str:
    default = default_of(attribute)
    return default if attribute.default is None else f"`{default}`"
