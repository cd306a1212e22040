"""What the commits of a git repository made of its source files."""

import random
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen

from diffgem_engine.evaluation.errors import BadInput
from diffgem_engine.evaluation.trees import LARGEST, LONGEST_LINE
from diffgem_lsp.syntax.grammars import grammar_of, language_of

_NO_BLOB = "0" * 40
_LOG = (
    *("-c", "core.quotePath=false", "log", "--no-merges", "--no-renames", "--raw", "--no-abbrev"),
    *("--diff-filter=AM", "--format=commit %H"),
)


class NoHistory(BadInput):
    """There is nothing to type; the message says what to do."""


@frozen
class Change:
    """A file before and after a commit; `before` is empty for a new one.  Line breaks are LF."""

    commit: str
    path: str
    language_id: str
    before: str
    after: str


@frozen
class _Entry:
    """One file of one commit, by the names of its blobs."""

    commit: str
    path: str
    old: str
    new: str


@frozen
class Commit:
    """Its source files, in the order of their paths."""

    name: str
    changes: tuple[Change, ...]


class History:
    """Of the newest `commits` of a repository, or of all.  Raises NoHistory."""

    def __init__(self, repository: Path, commits: int | None = None) -> None:
        self._repository = repository
        limit = [] if commits is None else [f"--max-count={commits}"]
        self._entries: dict[str, list[_Entry]] = {}
        for entry in _entries(self._git(*_LOG, *limit).decode("utf-8", "replace")):
            self._entries.setdefault(entry.commit, []).append(entry)
        if not self._entries:
            raise NoHistory(
                f"{repository} has no commit that changes a source file; give another --repository"
            )

    def commits(self, seed: int = 0) -> Iterator[Commit]:
        """In an order drawn by `seed`, so that any first part is a fair sample."""
        drawn = list(self._entries)
        random.Random(seed).shuffle(drawn)
        for name in drawn:
            changes = (self._change(entry) for entry in self._entries[name])
            yield Commit(name, tuple(each for each in changes if each is not None))

    def text_now(self, path: str) -> str:
        """At the newest commit; empty where the file is gone."""
        found = self._run("show", f"HEAD:{path}")
        return found.stdout.decode("utf-8", "replace") if found.returncode == 0 else ""

    def check_out_before(self, commit: str, folder: Path) -> None:
        """Write the source files as they were for who made the commit."""
        listed = self._run("ls-tree", "-r", "-z", f"{commit}^")
        for line in listed.stdout.decode("utf-8", "replace").split("\0"):
            about, _, path = line.partition("\t")
            if about.startswith("100") and grammar_of(language_of(path) or ""):
                place = folder / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(self._git("cat-file", "blob", about.split(" ")[2]))

    def _change(self, entry: _Entry) -> Change | None:
        before, after = self._blob(entry.old), self._blob(entry.new)
        language = language_of(entry.path)
        if before is None or after is None or language is None:
            return None
        return Change(entry.commit, entry.path, language, before, after)

    def _blob(self, name: str) -> str | None:
        """None for what nobody types: generated, minified, or no text."""
        if name == _NO_BLOB:
            return ""
        try:
            text = self._git("cat-file", "blob", name).decode("utf-8")
        except UnicodeDecodeError:
            return None
        longest = max(map(len, text.split("\n")))
        typed = len(text) <= LARGEST and longest <= LONGEST_LINE and "\r" not in text
        return text if typed else None

    def _git(self, *arguments: str) -> bytes:
        done = self._run(*arguments)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
            raise NoHistory(f"git cannot read {self._repository}: {said}; give --repository")
        return done.stdout

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        command = ["git", "-C", str(self._repository), *arguments]
        try:
            return subprocess.run(command, capture_output=True, check=False)
        except FileNotFoundError as error:
            raise NoHistory("git is not installed, which reads the commits: install it") from error


def _entries(log: str) -> Iterator[_Entry]:
    """Of `git log --raw`: a line a commit, then a line a file."""
    commit = ""
    for line in log.split("\n"):
        if line.startswith("commit "):
            commit = line.removeprefix("commit ")
        elif line.startswith(":"):
            about, _, path = line.partition("\t")
            entry = _Entry(commit, path, *_blobs(about.split(" ")))
            if grammar_of(language_of(path) or ""):
                yield entry


def _blobs(about: Sequence[str]) -> tuple[str, str]:
    return about[2], about[3]
