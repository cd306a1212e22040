"""Where the declarations of one folder are kept: an SQLite file, 0600, in the user's cache folder.

The index process writes and the language server reads, at once and without waiting (write-ahead
log); what is there outlives both, so a workspace is read anew only where its files have changed.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import frozen

from diffgem_lsp.index.declarations import Declaration

LAYOUT = 1  # of the tables, and of what declarations are; another one starts anew
MOST_MEMBERS = 40
KEPT_DAYS = 30
WAIT_S = 5.0  # for another writer: two editors may have one workspace
_TABLES = """
create table files (id integer primary key, path text unique not null, mtime integer not null,
  size integer not null);
create table declarations (file integer not null, name text not null, kind text not null,
  container text not null, signature text not null, line integer not null);
create index by_name on declarations (name);
create index by_file on declarations (file);
"""


@frozen
class Stamp:
    """What tells that a file has changed."""

    mtime: int  # nanoseconds
    size: int


def store_path(root: Path, folder: Path) -> Path:
    """The store of workspace folder `root`, in `folder`."""
    return folder / f"{hashlib.sha256(os.fsencode(root)).hexdigest()[:24]}.sqlite"


class Store:
    """The writer's side.  Paths are relative to the workspace folder, with slashes."""

    def __init__(self, path: Path) -> None:
        """Opens it, or makes it; one that cannot be read is made anew.  Raises OSError,
        sqlite3.Error.
        """
        self.path = path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._base = _opened(path)
        except sqlite3.DatabaseError as error:
            if not is_broken(error):
                raise
            _removed(path)
            self._base = _opened(path)
        os.utime(path)  # it is in use, though nothing may be written

    def stamps(self) -> dict[str, Stamp]:
        rows = self._base.execute("select path, mtime, size from files")
        return {path: Stamp(mtime, size) for path, mtime, size in rows}

    def put(self, path: str, stamp: Stamp, found: Iterable[Declaration]) -> None:
        """In place of what was known of `path`; seen by others after `commit`."""
        self.remove(path)
        made = self._base.execute(
            "insert into files (path, mtime, size) values (?, ?, ?)",
            (path, stamp.mtime, stamp.size),
        )
        rows = ((made.lastrowid, d.name, d.kind, d.container, d.signature, d.line) for d in found)
        self._base.executemany("insert into declarations values (?, ?, ?, ?, ?, ?)", rows)

    def remove(self, path: str) -> None:
        row = self._base.execute("select id from files where path = ?", (path,)).fetchone()
        if row is not None:
            self._base.execute("delete from declarations where file = ?", row)
            self._base.execute("delete from files where id = ?", row)

    def remove_below(self, folder: str) -> None:
        """Whatever has a path under `folder`."""
        under = (f"{folder}/", f"{folder}0")  # 0 is what follows the slash
        where = "path >= ? and path < ?"
        self._base.execute(
            f"delete from declarations where file in (select id from files where {where})", under
        )
        self._base.execute(f"delete from files where {where}", under)

    def commit(self) -> None:
        self._base.commit()

    def close(self) -> None:
        self._base.close()

    def discard(self) -> None:
        """It is broken: the next one is made anew."""
        self._base.close()
        _removed(self.path)


def is_broken(error: sqlite3.Error) -> bool:
    """Whether it is of a store that holds nonsense; not of one that is locked, or a full disk."""
    known = isinstance(error, sqlite3.OperationalError)
    return isinstance(error, sqlite3.DatabaseError) and not known


def prune(folder: Path, now: float) -> None:
    """Without the stores that nobody has opened for `KEPT_DAYS`; `now` is in seconds."""
    for path in folder.glob("*.sqlite"):
        if now - path.stat().st_mtime > KEPT_DAYS * 86_400:
            _removed(path)


def _opened(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    base = sqlite3.connect(path, timeout=WAIT_S)
    base.execute("pragma journal_mode = wal")
    base.execute("pragma synchronous = normal")
    if base.execute("pragma user_version").fetchone()[0] != LAYOUT:
        _made(base)
    return base


def _made(base: sqlite3.Connection) -> None:
    with base:
        base.execute("begin immediate")
        for table in ("files", "declarations"):
            base.execute(f"drop table if exists {table}")
        for statement in _TABLES.split(";"):
            base.execute(statement)
        base.execute(f"pragma user_version = {LAYOUT}")


def _removed(path: Path) -> None:
    for name in ("", "-wal", "-shm"):
        Path(f"{path}{name}").unlink(missing_ok=True)


@frozen
class Found:
    """A declaration and the file that it is in; the folder is the reader's."""

    path: str
    declaration: Declaration


class Reader:
    """The language server's side: no look-up waits for the writer."""

    def __init__(self, path: Path) -> None:
        """Raises sqlite3.Error where there is no store yet."""
        self._base = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0)
        self._base.execute("pragma cache_size = -2048")  # kibibytes

    def named(self, names: Sequence[str], most: int) -> list[Found]:
        """At most `most` of each name.  Raises sqlite3.Error."""
        return [found for name in names for found in self._where("name = ?", (name,), most)]

    def members(self, path: str, container: str) -> list[Found]:
        """In the order of the text, the first of them.  Raises sqlite3.Error."""
        where = "path = ? and container = ? order by line"
        return self._where(where, (path, container), MOST_MEMBERS)

    def close(self) -> None:
        self._base.close()

    def _where(self, condition: str, values: tuple[str, ...], most: int) -> list[Found]:
        rows = self._base.execute(
            "select path, name, kind, container, signature, line from declarations "
            f"join files on files.id = file where {condition} limit ?",
            (*values, most),
        )
        return [Found(path, Declaration(*rest)) for path, *rest in rows]
