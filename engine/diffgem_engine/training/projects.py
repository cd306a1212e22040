"""Folders of source -> projects, and the Python files of each.

A *project* is one source folder's immediate sub-folder, or the folder itself where it holds files.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from attrs import frozen

from diffgem_engine.training.errors import UnknownProject

# By their names, in lower case.  `testing` stays: it is mostly what a library gives to its users.
TESTS = frozenset(("test", "tests", "idle_test"))
LEFT_OUT = TESTS | {"__pycache__", "site-packages", "dist-packages"}
METADATA = (".dist-info", ".egg-info")
# What a package's METADATA says of its licence, the most exact first; the last may be prose.
LICENCE_LINES = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"^License-Expression: (.+)$",
        r"^Classifier: License :: OSI Approved :: (.+)$",
        r"^License: (\S.{0,60})$",
    )
)


@frozen
class Project:
    """Where a project's files are; its name is in lower case where it is a sub-folder's."""

    name: str
    folder: Path

    def named(self, names: frozenset[str]) -> bool:
        """Whether it is one of `names`, which are in lower case."""
        return self.name.lower() in names


def find_projects(source: Path) -> Iterator[Project]:
    """The projects of one source folder, in the order of their names."""
    installed = any(source.glob("*.dist-info"))  # then beside packages lie single modules
    if any(source.glob("*.py")) and not installed:  # a package, or a standard library
        yield Project(source.name, source)
        return
    for child in sorted(source.iterdir()):
        name = child.name.lower()
        if child.is_dir() and name not in LEFT_OUT and not name.endswith(METADATA):
            yield Project(name, child)


def source_files(project: Project, skipped: frozenset[str]) -> Iterator[Path]:
    """Its Python files, but for those in folders called as in `LEFT_OUT` or `skipped`."""
    for path in sorted(project.folder.rglob("*.py")):
        parts = {part.lower() for part in path.relative_to(project.folder).parts[:-1]}
        if not parts & (LEFT_OUT | skipped):
            yield path


def licence(project: Project) -> str:
    """As its metadata says; `unknown` where there is none."""
    folder = project.folder
    for metadata in [*folder.glob("*.dist-info/METADATA"), *folder.glob("PKG-INFO")]:
        text = metadata.read_text(encoding="utf-8", errors="replace")
        for line in LICENCE_LINES:
            if found := line.search(text):
                return found[1].strip()
    return "unknown"


def check_names(option: str, names: Iterable[str], projects: Sequence[Project]) -> None:
    """Raises UnknownProject for a name, in lower case, that none of `projects` has."""
    known = {project.name.lower() for project in projects}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=5, cutoff=0.0)
            more = f" and {len(known) - len(near)} more" if len(known) > len(near) else ""
            there = f"{', '.join(near)}{more}"
            raise UnknownProject(f"{option} {name}: no such project; there are {there}")
