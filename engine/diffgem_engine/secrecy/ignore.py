"""Ignore files: `.gitignore`, and `.diffgemignore`, which has the last word in its folder.

The rules are git's: those of the folder nearest to a file decide, in it the last that matches, and
what lies in an ignored folder is ignored.
"""

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from attrs import frozen
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from diffgem_engine.secrecy.reading import TooLong, read_bytes

IGNORE_FILES = (".gitignore", ".diffgemignore")

MOST_RULES = 10_000  # lines of one file: each costs some 60 microseconds and a kilobyte
NO_SLASH, MARK = "[^/]", "\0"  # a character of a name, in the library's words and in ours
FIRST_FOLDERS, FOLDERS = "^(?:.+/)?", "(?:/.+)?"  # two stars, in the library's words

Rule = tuple[re.Pattern[str], bool]  # what it is for, and whether that is ignored


@frozen
class IgnoreRules:
    """The rules for what lies in `folder`: its own, then those of the folders around it."""

    folder: Path
    own: tuple[Rule, ...]  # the last comes first
    outer: "IgnoreRules | None" = None

    def ignores(self, path: Path, *, is_folder: bool) -> bool:
        """Whether `path`, in a folder that is not ignored, is; git asks folder by folder."""
        relative = path.relative_to(self.folder).as_posix()
        for pattern, ignored in self.own:
            if _means(pattern, relative) or (is_folder and _means(pattern, relative + "/")):
                return ignored
        return self.outer is not None and self.outer.ignores(path, is_folder=is_folder)


def rules_in(folder: Path, outer: IgnoreRules | None = None) -> IgnoreRules | None:
    """The rules for what lies in `folder`, those of its own files first.

    Raises OSError where they cannot be read: better no file than one that was not to be read.
    """
    files = [folder / name for name in IGNORE_FILES]
    own = [rule for path in files if path.is_file() for rule in rules_of(path)]
    return IgnoreRules(folder, tuple(reversed(own)), outer) if own else outer


def rules_of(path: Path) -> Iterator[Rule]:
    """Those of one ignore file, in its order.  Raises OSError, also for more than `MOST_RULES`."""
    text = read_bytes(path).decode("utf-8-sig", "surrogateescape")
    if text.count("\n") > MOST_RULES:
        raise TooLong(f"{path} has more than {MOST_RULES} lines: make it shorter")
    return filter(None, map(rule_of, text.split("\n")))


@lru_cache(maxsize=2 * MOST_RULES)  # folders have the same ones
def rule_of(line: str) -> Rule | None:
    """A line that is no pattern ignores nothing, as in git."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)  # what `re` may read otherwise
            pattern = GitIgnoreSpecPattern(line)
    except (ValueError, re.error, FutureWarning):
        return None
    if pattern.regex is None:  # as of a comment
        return None
    return re.compile(_without_returns(pattern.regex.pattern)), bool(pattern.include)


def _without_returns(regex: str) -> str:
    """The same for one line of an ignore file, in time that does not explode with its stars.

    Between two stars of a name the first place where the text between them fits is as good as any
    later one: only the last star of a name may have to give something back.  So are the folders
    between any number of others (`**`) and the next such.
    """
    head, *between = regex.split(FOLDERS)
    if not between:
        return _names(head)
    if head.startswith(FIRST_FOLDERS):
        head = f"^(?>(?:.+?/)??{_names(head.removeprefix(FIRST_FOLDERS))}(?=/))"
    else:
        head = _names(head)
    firsts = "".join(f"(?>(?:/.+?)??{_names(folders)}(?=/))" for folders in between[:-1])
    return f"{head}{firsts}{FOLDERS}{_names(between[-1])}"


def _names(regex: str) -> str:
    names = regex.replace(NO_SLASH, MARK).split("/")
    return "/".join(map(_first_fits, names)).replace(MARK, NO_SLASH)


def _first_fits(name: str) -> str:
    head, *between = name.split(MARK + "*")
    if len(between) < 2:
        return name
    firsts = "".join(f"(?>{MARK}*?{part})" for part in between[:-1])
    return f"{head}{firsts}{MARK}*{between[-1]}"


def _means(pattern: re.Pattern[str], relative: str) -> bool:
    """Whether `relative` itself matches, not a folder around it, which was asked before.

    The library's only group is the slash behind the folder that a pattern means.
    """
    end = len(relative) if relative.endswith("/") else -1
    return any(
        (found.end(1) if pattern.groups else -1) == end for found in pattern.finditer(relative)
    )
