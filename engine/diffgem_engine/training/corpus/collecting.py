"""Projects -> the corpus, and what of it is held out.

A file that is both to train on and held out, by its text, is dropped from training.  Folders of
tests are on neither side.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from diffgem_engine.secrecy.reading import TooLong, read_bytes
from diffgem_engine.training.corpus.documents import Corpus, Document
from diffgem_engine.training.corpus.held_out import HeldOut, find_held_out
from diffgem_engine.training.corpus.left_out import LeftOut, described
from diffgem_engine.training.corpus.licences import UNKNOWN, licence
from diffgem_engine.training.corpus.projects import Project, check_names, find_projects
from diffgem_engine.training.corpus.wanted import LARGEST, SMALLEST, why_unwanted
from diffgem_engine.training.errors import NothingToTrainOn, TrainError

Counts = Counter[LeftOut]


def collect(
    sources: Iterable[Path], held_out: Iterable[str], exclude: Iterable[str], cap: int
) -> Corpus:
    """Read `sources`; at most `cap` characters of one project, chosen at random but always alike.

    `held_out` names the projects to evaluate on, or gives paths of folders and files in them.
    Vendored copies of those projects (a folder of that name inside another project) are left out
    of training.  `exclude` names projects to skip.  Case of names does not matter.  Raises
    UnknownProject for a name that no project has, TrainError for one that is in both, for a path
    outside of `sources` and for a source that cannot be read, and NothingToTrainOn where nothing is
    left to train on or of what is held out.
    """
    projects = find_projects(sources)
    held, excluded = find_held_out(held_out, projects), _lower(exclude)
    projects = _chosen(projects, held, excluded)
    corpus, seen = Corpus(), set[bytes]()
    for project in projects:
        corpus.licences[project.name] = licence(project.places)
    for part in held.parts.values():
        corpus.licences[part] = corpus.licences.get(part.partition("/")[0], UNKNOWN)
    for is_held in (True, False):  # held-out first: what both share is dropped from training
        target = corpus.held_out if is_held else corpus.train
        for project in projects:
            documents = list(_documents(project, held, corpus.left_out, is_held=is_held))
            random.Random(project.name).shuffle(documents)
            target.extend(_take(documents, cap, seen, corpus.left_out))
    _check_left(corpus, held)
    return corpus


def _lower(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


def _chosen(projects: list[Project], held: HeldOut, excluded: frozenset[str]) -> list[Project]:
    """The projects that are not excluded."""
    if projects:  # or there is nothing to train on, which says more
        check_names("--exclude", sorted(excluded), projects)
    for name in sorted(held.projects & excluded):
        raise TrainError(f"{name} is in both --hold-out and --exclude; leave it out of one of them")
    return [project for project in projects if not project.named(excluded)]


def _documents(
    project: Project, held: HeldOut, counts: Counts, *, is_held: bool
) -> Iterator[Document]:
    """Those on one side."""
    for path, folder, part in _files(project, held, counts, is_held=is_held):
        read = _read(path)
        reason = read if isinstance(read, LeftOut) else why_unwanted(read)
        if reason is None:
            yield Document(part or project.name, path.relative_to(folder).as_posix(), read)
        else:
            counts[reason] += 1


def _files(
    project: Project, held: HeldOut, counts: Counts, *, is_held: bool
) -> Iterator[tuple[Path, Path, str | None]]:
    """(a file on that side, the folder of the project that it is in, the held-out part)"""
    if project.named(held.projects):
        if is_held:
            yield from ((*file, None) for file in project.files(frozenset(), counts))
    elif held.parts or not is_held:
        skipped = frozenset[str]() if is_held else held.projects
        passed_over = Counts() if is_held else counts  # it is walked once more to train on
        for path, folder in project.files(skipped, passed_over):
            part = held.part_of(folder.resolve() / path.relative_to(folder))
            if is_held == (part is not None):
                yield path, folder, part


def _read(path: Path) -> str | LeftOut:
    try:
        text = read_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        return LeftOut.NOT_UTF8
    except TooLong:
        return LeftOut.SIZE
    except OSError:
        return LeftOut.UNREADABLE
    return text.replace("\r\n", "\n").replace("\r", "\n")


def fingerprint(text: str) -> bytes:
    """The same for two files that differ in white space alone."""
    return hashlib.sha256("".join(text.split()).encode("utf-8", "surrogatepass")).digest()


def _take(
    documents: list[Document], cap: int, seen: set[bytes], counts: Counts
) -> Iterator[Document]:
    taken = 0
    for document in documents:
        mark = fingerprint(document.text)
        if mark in seen:
            counts[LeftOut.DUPLICATE] += 1
        elif taken + len(document.text) > cap:
            counts[LeftOut.CAP] += 1
        else:
            seen.add(mark)
            taken += len(document.text)
            yield document


def _check_left(corpus: Corpus, held: HeldOut) -> None:
    files = f"no readable .py file of {SMALLEST} to {LARGEST:,} characters, written by hand"
    counts = described(corpus.left_out)
    found = f" (left out: {counts})" if counts else ""
    if not corpus.train:
        raise NothingToTrainOn(
            f"nothing to train on: {files}, is left{found}; give another --source, a larger --cap, "
            "or hold out or exclude less"
        )
    for name in held.missing(_lower(document.project for document in corpus.held_out)):
        raise NothingToTrainOn(
            f"nothing to hold out of {name}: {files}, is left of it; give a larger --cap, or hold "
            "out another"
        )
