"""A project's licence, as its own files say."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from diffgem_engine.secrecy.reading import read_bytes
from diffgem_engine.training.corpus.projects import Place

UNKNOWN = "unknown"
LONGEST_TITLE = 80  # characters
# What a package's METADATA says of its licence, the most exact first; the last may be prose.
LICENCE_LINES = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"^License-Expression: (.+)$",
        r"^Classifier: License :: OSI Approved :: (.+)$",
        r"^License: (\S.{0,60})$",
    )
)


def licence(places: Iterable[Place]) -> str:
    """Of a project in these places: their different licences, or `unknown`."""
    found = dict.fromkeys(name for place in places if (name := _of_place(place)))
    return " AND ".join(found) or UNKNOWN


def _of_place(place: Place) -> str:
    """What was installed says it first, then a package's description, then its text."""
    for path in _descriptions(place):
        text = _text(path)
        for line in LICENCE_LINES:
            if found := line.search(text):
                return found[1].strip()
    return _stated(_text(place.folder / "pyproject.toml")) or _title(place.folder)


def _descriptions(place: Place) -> Iterator[Path]:
    """Those in the project's own folder, then that of what is installed under its name."""
    yield from sorted(place.folder.glob("*.dist-info/METADATA"))
    yield place.folder / "PKG-INFO"
    for path in sorted(place.source.glob("*.dist-info/METADATA")):
        if path.parent.name.partition("-")[0].lower() == place.folder.name.lower():
            yield path


def _stated(pyproject: str) -> str:
    """Its `project.license`, where that is a name."""
    try:
        stated = tomllib.loads(pyproject).get("project", {}).get("license", "")
    except (tomllib.TOMLDecodeError, AttributeError):
        return ""
    if isinstance(stated, dict):
        stated = stated.get("text", "")
    return stated.strip() if isinstance(stated, str) and len(stated.splitlines()) == 1 else ""


def _title(folder: Path) -> str:
    """The first line of its licence's text, as in "MIT License"."""
    for path in (*sorted(folder.glob("LICEN[CS]E*")), *sorted(folder.glob("COPYING*"))):
        title = next(iter(_text(path).strip().splitlines()), "").strip()
        if "licen" in title.lower() and len(title) <= LONGEST_TITLE:
            return title
    return ""


def _text(path: Path) -> str:
    try:
        return read_bytes(path).decode("utf-8", "replace")
    except OSError:
        return ""
