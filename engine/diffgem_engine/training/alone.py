"""One training at a time in a folder: two would overwrite each other's state."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from diffgem_engine.training.errors import CannotWrite, TrainError


@contextmanager
def alone_in(run: Path) -> Iterator[None]:
    """`run` exists within the block, and is gone after it where nothing was put into it.

    The lock is the system's, on the folder itself: it ends with the process, however that ends.

    Raises CannotWrite where there can be no such folder, TrainError where another has it.
    """
    opened = _open(run)
    try:
        _lock(opened, run)
        try:
            yield
        finally:
            with suppress(OSError):  # it has something in it
                run.rmdir()
    finally:
        os.close(opened)


def _open(run: Path) -> int:
    try:
        run.mkdir(parents=True, exist_ok=True)
        return os.open(run, os.O_RDONLY)
    except OSError as error:
        raise CannotWrite(
            f"{run} cannot be a run's folder ({error.strerror}); give another --out"
        ) from error


def _lock(opened: int, run: Path) -> None:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise TrainError(
            f"another training runs in {run}; wait until it ends, or give another --out"
        ) from None
    except OSError:
        pass  # a file system without locks
