"""The tokens of an engine, in one file: their digests, never themselves."""

import contextlib
import fcntl
import json
import os
import secrets
import shlex
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from diffgem_engine.access.tokens import Entry, as_json, entry_of

VERSION = 1
LARGEST = 8 * 1024 * 1024  # bytes of the file


class StoreError(Exception):
    """The store cannot be used, in one line that says what to do."""


def default_store(environ: Mapping[str, str] = os.environ) -> Path:
    """In the user's folder for configuration.  Raises StoreError where nobody knows it."""
    chosen = Path(environ.get("XDG_CONFIG_HOME") or "")
    if chosen.is_absolute():
        return chosen / "diffgem" / "tokens.json"
    home = environ.get("HOME")
    try:
        return (Path(home) if home else Path.home()) / ".config" / "diffgem" / "tokens.json"
    except RuntimeError as error:
        raise StoreError(
            "this user has no home folder: set HOME, or name a file with --tokens"
        ) from error


def store_at(path: Path) -> "TokenStore":
    """Raises StoreError for a path that leads nowhere."""
    try:
        return TokenStore(path.expanduser().absolute())
    except (OSError, RuntimeError) as error:  # a working folder that is gone; ~nobody
        raise _unusable(path, error) from error


class TokenStore:
    """Readers see the file as it was before a change or after it.  Raises StoreError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def stamp(self) -> tuple[int, ...] | None:
        """Another one after every change of the file, and of who may write into its folder; None
        where there is no file.
        """
        try:
            found, folder = self.path.stat(), self.path.parent.stat()
        except OSError:
            return None
        content = found.st_ino, found.st_mtime_ns, found.st_size
        return (*content, found.st_mode, found.st_uid, folder.st_mode, folder.st_uid)

    def read(self) -> tuple[Entry, ...]:
        """None are there where there is no file."""
        try:
            with open(self.path, "rb", opener=_at_once) as file:
                _check_private(self.path, os.fstat(file.fileno()))
                text = file.read(LARGEST + 1)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise _unusable(self.path, error) from error
        return self._entries(text)

    def add(self, entry: Entry) -> None:
        with self._changing() as entries:
            entries.append(entry)

    def revoke(self, id_or_name: str) -> list[Entry]:
        """All tokens of that name, or the one with that id; those that were taken out."""
        with self._changing() as entries:
            gone = [entry for entry in entries if id_or_name in (entry.id, entry.name)]
            entries[:] = [entry for entry in entries if entry not in gone]
        return gone

    def _entries(self, text: bytes) -> tuple[Entry, ...]:
        try:
            found = json.loads(text)
            if found["version"] == VERSION:
                return tuple(entry_of(each) for each in found["tokens"])
        except Exception as error:  # whatever json and cattrs make of it
            raise StoreError(
                f"{self.path} is no store of tokens: restore it, or move it away and add the "
                "tokens again with `diffgem-engine token add`"
            ) from error
        raise StoreError(
            f"{self.path} is of another version of DiffGem: update this one, or name another "
            "file with --tokens"
        )

    @contextlib.contextmanager
    def _changing(self) -> Iterator[list[Entry]]:
        """The entries, which are written when the block ends without an error and has changed them:
        an empty store made for nothing would close an engine on loopback to everybody.
        """
        with self._locked():
            before = self.read()
            entries = list(before)
            yield entries
            if tuple(entries) == before:
                return
            try:
                self._write(entries)
            except OSError as error:
                raise _unusable(self.path, error) from error

    @property
    def _file(self) -> Path:
        """Where a link leads: an engine that has the file by another name is to see changes."""
        return Path(os.path.realpath(self.path))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Two commands at once lose nothing.  The lock file stays: see `sockets._locked`."""
        file = self._file
        try:
            _make_folder(file.parent)
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
            handle = os.open(f"{file}.lock", flags, 0o600)
        except OSError as error:
            raise _unusable(self.path, error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _write(self, entries: list[Entry]) -> None:
        content = {"version": VERSION, "tokens": [as_json(entry) for entry in entries]}
        file = self._file
        new = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as written:
                json.dump(content, written, indent=1)
                written.flush()
                os.fsync(written.fileno())
            new.replace(file)
        except BaseException:
            new.unlink(missing_ok=True)
            raise


def _at_once(path: str, flags: int) -> int:
    """A FIFO would be waited for, and everybody with it."""
    return os.open(path, flags | os.O_NONBLOCK)


def _make_folder(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    _check_folder(folder)


def _check_folder(folder: Path) -> None:
    found = folder.stat()
    if found.st_uid != os.getuid() or found.st_mode & 0o022:
        shared = found.st_uid != os.getuid() or found.st_mode & stat.S_ISVTX  # as /tmp is
        close = "" if shared else f"run chmod 700 {shlex.quote(str(folder))}, or "
        raise StoreError(
            f"others may write into {folder}, and could put tokens of their own there: "
            f"{close}name a file in a folder of yours with --tokens"
        )


def _check_private(path: Path, found: os.stat_result) -> None:
    """Of the open file and of its folder: who may write there could let anybody in."""
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"{path} is not a file: name another one with --tokens")
    if found.st_uid != os.getuid():
        raise StoreError(f"{path} belongs to another user: name a file of yours with --tokens")
    if found.st_mode & 0o077:
        raise StoreError(f"{path} is open to other users: run chmod 600 {shlex.quote(str(path))}")
    _check_folder(path.parent)
    _check_folder(Path(os.path.realpath(path)).parent)  # an old store of ours could be put there


def _unusable(path: Path, error: OSError | RuntimeError) -> StoreError:
    why = getattr(error, "strerror", None) or error
    return StoreError(
        f"cannot use {path}: {why}; check who owns it, or name another file with --tokens"
    )
