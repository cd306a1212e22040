"""The index as the language server sees it: what the workspace's folders declare."""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from diffgem_engine.endpoint import cache_folder
from diffgem_lsp.engine.timing import Timing
from diffgem_lsp.index.declarations import Declaration
from diffgem_lsp.index.process import IndexProcess
from diffgem_lsp.index.store import Found, Reader, store_path
from diffgem_lsp.privacy.uris import path_of, scheme_of

log = logging.getLogger(__name__)

Question = Callable[[Reader], list[Found]]


@frozen
class Located:
    """A declaration, and its file by the workspace folder and the path in it."""

    root: Path
    path: str
    declaration: Declaration

    @property
    def file(self) -> Path:
        return self.root / self.path


class WorkspaceIndex:
    """Look-ups are quick and never wait: what is not indexed yet is not found.

    Nothing runs until there is a folder to follow.
    """

    def __init__(
        self, cache: Path | None = None, timing: Timing | None = None, roots: Sequence[Path] = ()
    ) -> None:
        """`roots` can be asked as they are; those that are followed take their place."""
        self.counts: dict[str, int] = {}  # of files, by folder
        self.complete: set[str] = set()  # folders
        self.on_change: list[Callable[[], None]] = []  # of what look-ups find
        self._cache = cache or cache_folder() / "index"
        self._roots = tuple(roots)
        self._readers: dict[Path, Reader] = {}
        self._process = IndexProcess(self._cache, self._folders, self._hear, timing)

    def follow(self, uris: Sequence[str]) -> None:
        """The workspace's folders as they are now; those of other machines are left out."""
        self._roots = tuple(path for uri in uris if (path := file_of(uri)) is not None)
        for gone in self._readers.keys() - set(self._roots):
            self._readers.pop(gone).close()
        if self._roots:
            self._process.start()
        self._process.tell(self._folders())

    def changed(self, uris: Sequence[str]) -> None:
        """Files that were saved, made, renamed or deleted."""
        paths = [str(path) for uri in uris if (path := file_of(uri)) is not None]
        if paths:
            self._process.tell({"changed": paths})

    def named(self, names: Sequence[str], most: int = 40) -> list[Located]:
        """At most `most` of each name in each folder; each declaration once, though folders may be
        in one another.
        """
        found = (
            Located(root, each.path, each.declaration)
            for root in self._roots
            for each in self._ask(root, lambda reader: reader.named(names, most))
        )
        return list({(each.file, each.declaration): each for each in found}.values())

    def members(self, of: Located) -> list[Declaration]:
        """Of a class, in the order of its text."""
        found = self._ask(of.root, lambda reader: reader.members(of.path, of.declaration.name))
        return [each.declaration for each in found]

    @property
    def pid(self) -> int | None:
        return self._process.pid

    async def close(self) -> None:
        await self._process.close()
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()

    def _folders(self) -> dict[str, Any]:
        return {"folders": [str(root) for root in self._roots]}

    def _hear(self, message: dict[str, Any]) -> None:
        root, files, done = message["root"], message["files"], message["done"]
        self.counts[root] = files
        if not files and (reader := self._readers.pop(Path(root), None)) is not None:
            reader.close()  # the store may have been made anew
        (self.complete.add if done else self.complete.discard)(root)
        for listener in self.on_change:
            listener()

    def _ask(self, root: Path, question: Question) -> list[Found]:
        try:
            if root not in self._readers:
                self._readers[root] = Reader(store_path(root, self._cache))
            return question(self._readers[root])
        except sqlite3.Error as error:  # not there yet, locked, or broken: the writer's to mend
            log.debug("the index of %s cannot be asked: %s", root, error)
            if (reader := self._readers.pop(root, None)) is not None:
                reader.close()
            return []


def file_of(uri: str) -> Path | None:
    """Of a file of this machine; None for what is none."""
    return path_of(uri) if scheme_of(uri) == "file" else None
