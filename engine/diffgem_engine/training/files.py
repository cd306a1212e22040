"""Files and folders of a run, never half there: not after a kill, and not on a full disk.

Each is written beside its place, brought to the disk, and only then given its name.  What fails
leaves what was there before, and nothing of itself.
"""

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from safetensors import SafetensorError

from diffgem_engine.checkpoint.files import first_line
from diffgem_engine.training.errors import CannotWrite, DiskFull

PARTIAL = ".partial"  # what is being written
REPLACED = ".replaced"  # the folder before, until the new one has its name
FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
# torch wraps an OSError into a RuntimeError, safetensors names its number in its words.
FAILED_WRITES = (OSError, RuntimeError, SafetensorError)
NUMBER = re.compile(r"\(os error (\d+)\)")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """The name of a file to write, which takes the place of `path` when the block ends.

    Raises CannotWrite, and DiskFull of it; whatever is raised, `path` is as before.
    """
    partial = _beside(path, PARTIAL)
    with _all_or_nothing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        _to_disk(partial)
        partial.replace(path)
    _names_to_disk(path.parent)


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """An empty folder to write into, which takes the place of `folder` when the block ends.

    Raises as `replacing` does.  A whole folder is there at every moment, under its own name or,
    between two renames, under one that `restore` knows.
    """
    partial, replaced = _beside(folder, PARTIAL), _beside(folder, REPLACED)
    with _all_or_nothing(folder):
        restore(folder)
        partial.mkdir(parents=True)
        yield partial
        for path in filter(Path.is_file, partial.rglob("*")):
            _to_disk(path)
        _names_to_disk(partial)
        if folder.exists():
            folder.replace(replaced)
        partial.replace(folder)
    _names_to_disk(folder.parent)
    with suppress(OSError):  # the next `restore` tries again
        _remove(replaced)


def write_text(path: Path, text: str) -> None:
    """In place of what is there, as `replacing` does."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def restore(path: Path) -> None:
    """After a kill or a failure: what was there before comes back, all rests go."""
    _remove(_beside(path, PARTIAL))
    replaced = _beside(path, REPLACED)
    if path.exists():
        _remove(replaced)
    elif replaced.exists():
        replaced.replace(path)


def remove_partials(folder: Path) -> None:
    """What killed writers left in `folder`."""
    for path in folder.glob(f"*{PARTIAL}"):
        _remove(path)


@contextmanager
def _all_or_nothing(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        with suppress(OSError):
            restore(path)
        if isinstance(error, FAILED_WRITES):
            raise _explained(error, path) from error
        raise


def _explained(error: BaseException, path: Path) -> CannotWrite:
    number = _error_number(error)
    if number in FULL:
        return DiskFull(
            f"the disk is full: {path} could not be written; free some space and give the same "
            "command again, what was saved before is still there"
        )
    why = first_line(error) if number is None else os.strerror(number)
    return CannotWrite(
        f"{path} could not be written ({why}); see to it that it can be and give the same command "
        "again, what was saved before is still there"
    )


def _error_number(error: BaseException | None) -> int | None:
    """Of the system's error that is behind `error`, if any is."""
    while error is not None:
        if isinstance(error, OSError) and error.errno is not None:
            return error.errno
        if found := NUMBER.search(str(error)):
            return int(found[1])
        error = error.__cause__ or error.__context__
    return None


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _names_to_disk(folder: Path) -> None:
    with suppress(OSError):  # not every file system can
        _to_disk(folder)
