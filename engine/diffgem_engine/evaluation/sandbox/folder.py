"""A program's folder: made, measured, and removed whatever was done to it."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

ENTRY = 4096  # bytes that a file or folder takes, however empty


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="diffgem-run-"))
    try:
        yield folder
    finally:
        remove(folder)


def larger_than(folder: Path, most: int) -> bool:
    """Whether what is in `folder` takes more than `most` bytes; looks no further than that."""
    total, pending = 0, [str(folder)]
    while pending:
        with contextlib.suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                total += max(ENTRY, entry.stat(follow_symlinks=False).st_size)
                if total > most:
                    return True
    return False


def remove(folder: Path) -> None:
    """At any depth and whatever its permissions: what lies deep is first moved to the top."""
    folder.chmod(0o700)
    numbers = (folder / f"{os.urandom(8).hex()}-{number}" for number in count())
    pending, emptied = [folder], []
    while pending:
        emptied.append(current := pending.pop())
        with os.scandir(current) as entries:
            below = [Path(entry.path) for entry in entries if not _unlinked(entry)]
        for deeper in below:
            deeper.chmod(0o700)  # to be moved, a folder must be writable
            pending.append(deeper.rename(next(numbers)))
    for path in reversed(emptied):
        path.rmdir()


def _unlinked(entry: os.DirEntry[str]) -> bool:
    if entry.is_dir(follow_symlinks=False):
        return False
    Path(entry.path).unlink()
    return True
