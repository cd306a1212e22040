"""Which files of a workspace folder are read at all."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from diffgem_lsp.index.declarations import is_indexed
from diffgem_lsp.index.store import Stamp
from diffgem_lsp.privacy.ignored import IgnoreFiles
from diffgem_lsp.privacy.names import exclusion
from diffgem_lsp.syntax.grammars import language_of

LARGEST = 400_000  # bytes: what is longer was generated
MOST = 20_000  # files of a folder
LONGEST_LINE = 2_000  # bytes, at the mean: minified
_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "venv", "target", "dist"})


class Rules:
    """Of one workspace folder, as its ignore files are now."""

    def __init__(self, root: Path) -> None:
        self._roots = (root,)
        self._ignore_files = IgnoreFiles()

    def allow_folder(self, path: Path) -> bool:
        if path.name.startswith(".") or path.name in _SKIPPED:
            return False
        return not self._ignored(path, is_folder=True)

    def allow_file(self, path: Path) -> bool:
        language = language_of(path) if _is_text(path.relative_to(*self._roots)) else None
        if language is None or not is_indexed(language) or exclusion(str(path)):
            return False
        return not self._ignored(path, is_folder=False)

    def _ignored(self, path: Path, *, is_folder: bool) -> bool:
        """What cannot be found out counts as ignored."""
        try:
            return bool(self._ignore_files.ignored(path, self._roots, is_folder=is_folder))
        except (OSError, ValueError):
            return True


def _is_text(name: Path) -> bool:
    """A store takes no bytes that are not UTF-8."""
    try:
        str(name).encode()
    except UnicodeEncodeError:
        return False
    return True


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
