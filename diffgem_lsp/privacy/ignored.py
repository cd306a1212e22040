"""Whether ignore files leave a file out: those of its folder and of all around it, as git does.

The outermost folder that counts is the workspace's or the repository's, whichever is further out.
A file that says what it ignores is read again once its time, size or place on the disk changes.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from unicodedata import normalize

from attrs import frozen

from diffgem_engine.secrecy.ignore import IGNORE_FILES, IgnoreRules, Rule, rules_of
from diffgem_engine.secrecy.reading import TooLong
from diffgem_lsp.privacy.uris import within

Stamp = tuple[int, ...]  # of a file; empty where there is none
REPOSITORY = ".git"
_EXCLUDES = re.compile(r"(?im)^\s*excludesfile\s*=\s*\"?([^\"\n]+?)\"?\s*$")
FOLDERS = 4_096  # that are remembered
RULES = 200_000  # that are remembered, of all folders
ON_THE_WAY = 20_000  # rules for one path: each takes a microsecond at every look


@frozen
class _Read:
    stamps: tuple[Stamp, ...]
    rules: tuple[Rule, ...]  # the last comes first


class IgnoreFiles:
    """Of all folders that were asked about."""

    def __init__(self) -> None:
        self._read: dict[Path, _Read] = {}

    def ignored(self, path: Path, folders: tuple[Path, ...], *, is_folder: bool = False) -> str:
        """The file, or the folder around it, that is ignored; empty if none is.

        Raises OSError where an ignore file cannot be read, or says too much: better nothing than
        what was not meant to be seen.
        """
        root = _outermost(path, folders)
        rules: IgnoreRules | None = None
        inner, count = root, 0
        for part in path.relative_to(root).parts:
            rules = IgnoreRules(inner, self._rules(inner), rules)
            count += len(rules.own)
            if count > ON_THE_WAY:
                raise TooLong(
                    f"the ignore files down to {inner} have more than {ON_THE_WAY} rules: "
                    "make them shorter"
                )
            inner = inner / part
            if any(
                rules.ignores(each, is_folder=is_folder or inner != path)
                for each in _spelled(inner)
            ):
                return inner.relative_to(root).as_posix()
        return ""

    def _rules(self, folder: Path) -> tuple[Rule, ...]:
        files = (*_of_repository(folder), *(folder / name for name in IGNORE_FILES))
        stamps = tuple(map(_stamp, files))
        known = self._read.get(folder)
        if known is not None and known.stamps == stamps:
            return known.rules
        found = [rule for file, stamp in zip(files, stamps, strict=True) if stamp
                 for rule in rules_of(file)]  # fmt: skip
        self._read.pop(folder, None)
        self._read[folder] = read = _Read(stamps, tuple(reversed(found)))
        while len(self._read) > FOLDERS or self._remembered() > RULES:
            del self._read[next(iter(self._read))]
        return read.rules

    def _remembered(self) -> int:
        return sum(len(each.rules) for each in self._read.values())


def _spelled(path: Path) -> set[Path]:
    """An accent may be a character of its own in the one file and part of a letter in the other."""
    if path.name.isascii():
        return {path}
    return {path, *(path.with_name(normalize(form, path.name)) for form in ("NFC", "NFD"))}


def _outermost(path: Path, folders: tuple[Path, ...]) -> Path:
    around = [folder for folder in folders if within(path, folder) and folder != path]
    around += _repository(path)
    return min(around, key=lambda folder: len(folder.parts), default=path.parent)


def _repository(path: Path) -> Iterator[Path]:
    """The nearest one around it, if any."""
    for folder in path.parents:
        if (folder / REPOSITORY).exists():
            yield folder
            return


def _of_repository(folder: Path) -> tuple[Path, ...]:
    """What git reads beside the ignore files in a repository's folders, the last decides."""
    inside = folder / REPOSITORY
    if not inside.exists():
        return ()
    shared = _common(inside) if inside.is_file() else inside
    return *_of_user(), shared / "info" / "exclude"


def _of_user() -> tuple[Path, ...]:
    """The file that `core.excludesFile` names, or git's default; none of a user without a home."""
    try:
        return (_named_by_user(),)
    except RuntimeError:
        return ()


def _named_by_user() -> Path:
    for config in (Path.home() / ".gitconfig", _git_folder() / "config"):
        if _stamp(config) and (found := _EXCLUDES.findall(config.read_text("utf-8", "replace"))):
            return Path(found[-1]).expanduser()
    return _git_folder() / "ignore"


def _git_folder() -> Path:
    place = os.environ.get("XDG_CONFIG_HOME")
    return (Path(place) if place else Path.home() / ".config") / "git"


def _common(pointer: Path) -> Path:
    """The repository's own folder, where this is a worktree of it."""
    place = pointer.read_text("utf-8", "surrogateescape").removeprefix("gitdir:").strip()
    folder = pointer.parent / place
    shared = folder / "commondir"
    return folder / shared.read_text("utf-8").strip() if shared.is_file() else folder


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode
