"""Which files of a workspace folder are read at all."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from diffgem_lsp.index.declarations import is_indexed
from diffgem_lsp.index.store import Stamp
from diffgem_lsp.prompt.excluded import exclusion
from diffgem_lsp.syntax.grammars import language_of

LARGEST = 400_000  # bytes: what is longer was generated
MOST = 20_000  # files of a folder
LONGEST_LINE = 2_000  # bytes, at the mean: minified
_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "venv", "target", "dist"})


class Rules:
    """Of one workspace folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def allow_folder(self, path: Path) -> bool:
        return not path.name.startswith(".") and path.name not in _SKIPPED

    def allow_file(self, path: Path) -> bool:
        language = language_of(path)
        return language is not None and is_indexed(language) and not exclusion(str(path))


def candidates(root: Path, rules: Rules) -> Iterator[tuple[Path, Stamp]]:
    """At most `MOST` files below `root`.  No link is followed: it may lead out, or round and round.

    Of what cannot be read nothing comes.
    """
    count = 0
    for place, folders, names in os.walk(root):
        here = Path(place)
        folders[:] = sorted(name for name in folders if rules.allow_folder(here / name))
        for name in sorted(names):
            path = here / name
            known = stamp_of(path) if rules.allow_file(path) else None
            if known is not None:
                yield path, known
                count += 1
            if count == MOST:
                return


def stamp_of(path: Path) -> Stamp | None:
    """None unless it is a regular file, of `LARGEST` bytes at most."""
    try:
        found = path.lstat()
    except (OSError, ValueError):
        return None
    fits = stat.S_ISREG(found.st_mode) and found.st_size <= LARGEST
    return Stamp(found.st_mtime_ns, found.st_size) if fits else None


def read(path: Path) -> bytes:
    """Empty for what is binary, minified or not readable."""
    try:
        data = path.read_bytes()
    except OSError:
        return b""
    minified = len(data) > LONGEST_LINE * (data.count(b"\n") + 1)
    return b"" if minified or b"\0" in data else data


def below(path: Path, root: Path, rules: Rules) -> bool:
    """Whether `path` is a file under `root` that a walk would come to."""
    try:
        parts = path.relative_to(root).parts[:-1]
    except ValueError:
        return False
    folders = [root.joinpath(*parts[: depth + 1]) for depth in range(len(parts))]
    linked = any(folder.is_symlink() for folder in folders)
    return not linked and all(map(rules.allow_folder, folders)) and rules.allow_file(path)
