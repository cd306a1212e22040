"""A log file of limited size, on a disk that may be full: serving goes on without a log."""

import errno
import io
import logging
import os
import stat
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

KEPT = 3  # files beside the one that is written, the newest .1


class LogFile(RotatingFileHandler):
    """Its owner's alone.  The first time that it cannot be written, standard error hears of it."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        """Raises OSError."""
        self.failing = ""  # why the latest line is not in it
        self._told = self._failed = False
        super().__init__(path, maxBytes=max_bytes, backupCount=KEPT, encoding="utf-8")

    def _open(self) -> io.TextIOWrapper:
        raw = _WholeLines(self.baseFilename, "ab", opener=_private)
        return io.TextIOWrapper(raw, encoding="utf-8", write_through=True)

    def emit(self, record: logging.LogRecord) -> None:
        self._failed = False
        super().emit(record)
        if not self._failed:
            self.failing = ""

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
            return
        self._failed = True
        self.failing = f"cannot be written: {error.strerror}"
        if not self._told:
            self._told = True
            print(
                f"diffgem-engine: cannot write the log {self.baseFilename}: {error.strerror}; "
                "make room for it, serving goes on without",
                file=sys.stderr,
                flush=True,
            )


class _WholeLines(io.FileIO):
    """No line is left half on a full disk: the next one would continue it."""

    def write(self, data: object) -> int:
        line = bytes(data)  # type: ignore[call-overload]
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
    found = (each.failing for each in logging.getLogger().handlers if isinstance(each, LogFile))
    return next(found, "")
