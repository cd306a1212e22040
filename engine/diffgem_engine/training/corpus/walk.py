"""A project's folder -> its Python files, in the order of their names."""

import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from diffgem_engine.secrecy.ignore import IgnoreRules, rules_in
from diffgem_engine.training.corpus.left_out import LeftOut

# By their names, in lower case.  `testing` stays: it is mostly what a library gives to its users.
TESTS = frozenset(("test", "tests", "idle_test"))
INSTALLED = frozenset(("site-packages", "dist-packages", "node_modules", "venv"))
LEFT_OUT = TESTS | INSTALLED | {"__pycache__", "build", "dist"}
ENVIRONMENT = "pyvenv.cfg"  # lies in every virtual environment, whatever its name


def is_left_out(name: str) -> bool:
    """Whether folders of this name are never read; hidden ones are not either."""
    return name.startswith(".") or name.lower() in LEFT_OUT


def source_files(
    folder: Path, outer: IgnoreRules | None, skipped: frozenset[str], counts: Counter[LeftOut]
) -> Iterator[Path]:
    """The files below `folder` that neither a rule nor a name leaves out.

    `outer` are the rules of the folders around it, `skipped` more names of folders, in lower case.
    No link is followed: what it points to is elsewhere, or is found there.  `counts` gets what is
    ignored, folders of tests, links and what is unreadable; what never holds a project's own source
    is not counted.
    """
    waiting = _entries(folder, outer, counts)
    while waiting:
        path, rules = waiting.pop()
        try:
            mode = path.lstat().st_mode
            is_source = path.suffix == ".py" and not path.name.startswith(".")
            if stat.S_ISDIR(mode):
                waiting += _folder(path, rules, skipped, counts)
            elif stat.S_ISLNK(mode):
                counts[LeftOut.LINK] += is_source or path.is_dir()
            elif is_source and rules is not None and rules.ignores(path, is_folder=False):
                counts[LeftOut.IGNORED] += 1
            elif is_source:
                yield path
        except OSError:  # it went away, or we may not even see what it is
            counts[LeftOut.UNREADABLE] += 1


Found = tuple[Path, IgnoreRules | None]


def _folder(
    path: Path, rules: IgnoreRules | None, skipped: frozenset[str], counts: Counter[LeftOut]
) -> list[Found]:
    """What is in a folder below the project's own."""
    if path.name.lower() in TESTS:
        counts[LeftOut.TESTS] += 1
        return []
    if is_left_out(path.name):
        return []
    if path.name.lower() in skipped:
        counts[LeftOut.VENDORED] += 1
        return []
    if rules is not None and rules.ignores(path, is_folder=True):
        counts[LeftOut.IGNORED] += 1
        return []
    found = _entries(path, rules, counts)
    return [] if any(entry.name == ENVIRONMENT for entry, _ in found) else found


def _entries(folder: Path, outer: IgnoreRules | None, counts: Counter[LeftOut]) -> list[Found]:
    """What lies in `folder`, the last name first, each with the rules for it."""
    try:
        rules = rules_in(folder, outer)
        return [(path, rules) for path in sorted(folder.iterdir(), reverse=True)]
    except OSError:
        counts[LeftOut.UNREADABLE] += 1
        return []
