"""What is held out: whole projects by their names, folders and files of them by their paths."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import frozen

from diffgem_engine.training.corpus.projects import Project, check_names
from diffgem_engine.training.errors import TrainError, UnknownProject


def is_path(word: str) -> bool:
    """Whether a word of `--hold-out` is a folder's or a file's path, and no project's name."""
    return os.sep in word or word.endswith(".py")


@frozen
class HeldOut:
    """`projects` are names in lower case; `parts` names each path inside another project."""

    projects: frozenset[str]
    parts: dict[Path, str]  # absolute, without links

    def missing(self, found: frozenset[str]) -> list[str]:
        """Of which nothing is held out; `found` are the projects of the held-out documents.

        Of many parts, as a shell's `*` names them, some may hold nothing to read.
        """
        parts = {name.lower() for name in self.parts.values()}
        return sorted(self.projects - found) + (sorted(parts) if not parts & found else [])

    def part_of(self, path: Path) -> str | None:
        """The part that a file is in, or None; `path` has no links."""
        return next((name for held, name in self.parts.items() if path.is_relative_to(held)), None)


def find_held_out(words: Iterable[str], projects: Sequence[Project]) -> HeldOut:
    """A path around whole projects holds those out.

    Raises UnknownProject for a name that no project has, TrainError for a path that is none or lies
    in no project.
    """
    names = {word.lower() for word in words if not is_path(word)}
    if projects:  # or there is nothing to train on, which says more
        for name in sorted(names):
            _check(name, projects)
    parts: dict[Path, str] = {}
    for path in sorted({Path(word).resolve() for word in words if is_path(word)}):
        inside = {project.name.lower() for project in projects if _is_around(path, project)}
        if inside:
            names |= inside
        else:
            parts[path] = _name(path, projects)
    return HeldOut(frozenset(names), parts)


def _check(name: str, projects: Sequence[Project]) -> None:
    try:
        check_names("--hold-out", [name], projects)
    except UnknownProject as error:
        raise UnknownProject(f"{error}; give a folder or a file as a path: ./{name}") from error


def _is_around(path: Path, project: Project) -> bool:
    return all(place.folder.resolve().is_relative_to(path) for place in project.places)


def _name(path: Path, projects: Sequence[Project]) -> str:
    """As in `project/folder/file.py`."""
    if not path.exists():
        raise TrainError(
            f"--hold-out {path}: no such folder or file; give its path, or the name of a project"
        )
    for project in projects:
        for place in project.places:
            folder = place.folder.resolve()
            if path.is_relative_to(folder):
                return f"{project.name}/{path.relative_to(folder).as_posix()}"
    raise TrainError(
        f"--hold-out {path} lies in no --source; give a folder or a file of one, or a project's "
        "name"
    )
