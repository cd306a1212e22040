"""Files as they are found on a disk: any of them may be no file, unreadable or gone."""

import os
import stat
from pathlib import Path

MOST = 1_000_000  # bytes; what is longer is not looked at
# What Windows has not, it does without.
QUIETLY = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY"))


class TooLong(OSError):
    """A file of more than `MOST` bytes, or of too many lines."""


def read_bytes(path: Path) -> bytes:
    """Raises OSError, also for what is no regular file, on which this never waits, or too long."""
    opened = os.open(path, os.O_RDONLY | QUIETLY)
    try:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise OSError(f"{path} is no regular file")
        with os.fdopen(opened, "rb", closefd=False) as file:
            content = file.read(MOST + 1)
    finally:
        os.close(opened)
    if len(content) > MOST:
        raise TooLong(f"{path} is longer than {MOST} bytes")
    return content
