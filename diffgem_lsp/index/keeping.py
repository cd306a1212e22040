"""One workspace folder's store, kept up with the files."""

import logging
from collections.abc import Iterator
from pathlib import Path

from attrs import evolve

from diffgem_lsp.index.declarations import Declaration, declarations
from diffgem_lsp.index.eligible import Rules, below, candidates, read, stamp_of
from diffgem_lsp.index.store import Stamp, Store
from diffgem_lsp.privacy.redaction import redact
from diffgem_lsp.syntax.grammars import language_of

log = logging.getLogger(__name__)

BATCH = 100  # files between two commits


class Keeper:
    """Writes what the files under `root` declare."""

    def __init__(self, root: Path, store: Store) -> None:
        self.root = root
        self.files = 0  # that the store has
        self._store = store
        self._rules = Rules(root)

    def scan(self) -> Iterator[None]:
        """Brings all of it up to date; pauses, as it were, after each file that was looked at."""
        self._rules = Rules(self.root)
        gone = self._store.stamps()
        for number, (path, stamp) in enumerate(candidates(self.root, self._rules)):
            if gone.pop(self._name(path), None) != stamp:
                self._put(path, stamp)
            self.files = number + 1
            if number % BATCH == 0:
                self._store.commit()
            yield
        for name in gone:
            self._store.remove(name)
        self._store.commit()
        log.debug("%s files of %s are indexed", self.files, self.root)

    def renew(self, path: Path) -> None:
        """A file, or a folder that is gone."""
        stamp = stamp_of(path) if below(path, self.root, self._rules) else None
        if stamp is None:
            self._store.remove(self._name(path))
            self._store.remove_below(self._name(path))
        else:
            self._put(path, stamp)
        self._store.commit()

    def close(self) -> None:
        self._store.close()

    def discard(self) -> None:
        self._store.discard()

    def _put(self, path: Path, stamp: Stamp) -> None:
        found = declarations(read(path), language_of(path) or "")
        self._store.put(self._name(path), stamp, _without_secrets(found))

    def _name(self, path: Path) -> str:
        """One that is no text is none of a file that is kept; it may be asked about."""
        return path.relative_to(self.root).as_posix().encode("utf-8", "replace").decode()


def _without_secrets(found: list[Declaration]) -> list[Declaration]:
    """A parameter's default may be a password."""
    signatures = redact("\n".join(each.signature for each in found)).text.split("\n")
    both = zip(found, signatures, strict=False)
    return [evolve(each, signature=signature) for each, signature in both]
