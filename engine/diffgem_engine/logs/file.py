"""A log on a disk that may be full, as a file of limited size or wherever standard error leads:
serving goes on without a log.
"""

import contextlib
import errno
import io
import logging
import os
import stat
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

KEPT = 3  # files beside the one that is written, the newest .1


class _MayFail(logging.StreamHandler[Any]):
    """Knows why its latest line was not written."""

    failing = ""  # empty where it was
    _failed = False

    def emit(self, record: logging.LogRecord) -> None:
        self._failed = False
        super().emit(record)
        if not self._failed:
            self.failing = ""

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            self._failed = True
            self.failing = f"cannot be written: {error.strerror}"
            self._tell(str(error.strerror))
        else:
            super().handleError(record)

    def _tell(self, why: str) -> None:
        """Whoever may hear of it."""


class LogStream(_MayFail):
    """Standard error, which often is a file of somebody else's: there is nobody else to tell."""


class LogFile(_MayFail, RotatingFileHandler):
    """Its owner's alone.  The first time that it cannot be written, standard error hears of it."""

    _told = False

    def __init__(self, path: Path, max_bytes: int) -> None:
        """Raises OSError."""
        RotatingFileHandler.__init__(
            self, path, maxBytes=max_bytes, backupCount=KEPT, encoding="utf-8"
        )

    def _open(self) -> io.TextIOWrapper:
        raw = _WholeLines(self.baseFilename, "ab", opener=_private)
        return io.TextIOWrapper(raw, encoding="utf-8", write_through=True)

    def _tell(self, why: str) -> None:
        if self._told:
            return
        self._told = True
        with contextlib.suppress(OSError):  # it may lead to the same disk
            print(
                f"diffgem-engine: cannot write the log {self.baseFilename}: {why}; "
                "make room for it, serving goes on without",
                file=sys.stderr,
                flush=True,
            )


class _WholeLines(io.FileIO):
    """No line is left half on a full disk: the next one would continue it."""

    def write(self, data: "ReadableBuffer") -> int:
        line = bytes(data)
        written: int = super().write(line)
        if written < len(line):
            self.truncate(self.tell() - written)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return written


def _private(path: str, flags: int) -> int:
    """Also one of ours that others could read until now."""
    handle = os.open(path, flags, 0o600)
    found = os.fstat(handle)
    if stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid():
        os.fchmod(handle, 0o600)
    return handle


def trouble() -> str:
    """Why this process's log is not written just now; empty where it is."""
    found = (each.failing for each in logging.getLogger().handlers if isinstance(each, _MayFail))
    return next(found, "")
