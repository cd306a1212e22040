"""Folders of source -> projects.

A *project* is one source folder's immediate sub-folder, or the folder itself where it holds files.
Projects of one name, in any case, are one project, wherever they lie.
"""

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from attrs import frozen

from diffgem_engine.secrecy.ignore import rules_in
from diffgem_engine.training.corpus.left_out import LeftOut
from diffgem_engine.training.corpus.walk import is_left_out, source_files
from diffgem_engine.training.errors import TrainError, UnknownProject

METADATA = (".dist-info", ".egg-info")


@frozen
class Place:
    """A project's folder in, or at, one source folder."""

    source: Path
    folder: Path


@frozen
class Project:
    """Where a project's files are; its name is in lower case where it is a sub-folder's."""

    name: str
    places: tuple[Place, ...]

    def named(self, names: frozenset[str]) -> bool:
        """Whether it is one of `names`, which are in lower case."""
        return self.name.lower() in names

    def files(
        self, skipped: frozenset[str], counts: Counter[LeftOut]
    ) -> Iterator[tuple[Path, Path]]:
        """(a Python file, the folder of the project that it is in); see `source_files`."""
        for place in self.places:
            above = rules_in(place.source) if place.source != place.folder else None
            for path in source_files(place.folder, above, skipped, counts):
                yield path, place.folder


def find_projects(sources: Iterable[Path]) -> list[Project]:
    """The projects of all source folders: folder by folder, in the order of their names.

    Raises TrainError for a source that cannot be read.
    """
    places: dict[str, list[Place]] = {}
    names: dict[str, str] = {}
    for source in sources:
        for name, place in _places(source):
            names.setdefault(name.lower(), name)
            places.setdefault(name.lower(), []).append(place)
    return [Project(names[key], tuple(dict.fromkeys(found))) for key, found in places.items()]


def _places(source: Path) -> list[tuple[str, Place]]:
    try:
        entries, rules = sorted(source.iterdir()), rules_in(source)
        installed = any(entry.name.endswith(".dist-info") for entry in entries)
        # a package, or a standard library; beside installed packages lie single modules
        if not installed and any(entry.suffix == ".py" and entry.is_file() for entry in entries):
            return [(source.name, Place(source, source))]
        folders = [entry for entry in entries if _may_be_project(entry, source)]
    except OSError as error:
        raise TrainError(
            f"{source} cannot be read ({error.strerror or error}); give another --source, or let "
            "this user read it"
        ) from error
    return [
        (folder.name.lower(), Place(source, folder))
        for folder in folders
        if rules is None or not rules.ignores(folder, is_folder=True)
    ]


def _may_be_project(entry: Path, source: Path) -> bool:
    """A link is followed here, where somebody put it for us, but not into a circle."""
    name = entry.name.lower()
    if not entry.is_dir() or is_left_out(name) or name.endswith(METADATA):
        return False
    return not (entry.is_symlink() and source.resolve().is_relative_to(entry.resolve()))


def check_names(option: str, names: Iterable[str], projects: Sequence[Project]) -> None:
    """Raises UnknownProject for a name, in lower case, that none of `projects` has."""
    known = {project.name.lower() for project in projects}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=5, cutoff=0.0)
            more = f" and {len(known) - len(near)} more" if len(known) > len(near) else ""
            there = f"{', '.join(near)}{more}"
            raise UnknownProject(f"{option} {name}: no such project; there are {there}")
