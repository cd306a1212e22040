"""The events on this machine's disk: appended by any number of servers, bounded in size."""

import asyncio
import contextlib
import fcntl
import itertools
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from diffgem_lsp.acceptance.events import Event, line_of

log = logging.getLogger(__name__)

FILE = "acceptance.jsonl"
LARGEST = 4 * 2**20  # bytes of one file
OLDER = 3  # files that are kept beside the one that is written
PAUSE_S = 2.0  # between the first event and the writing of all that came meanwhile
PATIENCE_S = 1.0  # with others that write


def state_folder(environ: Mapping[str, str] = os.environ) -> Path:
    chosen = Path(environ.get("XDG_STATE_HOME") or "")
    if chosen.is_absolute():  # a relative one is to be ignored, its specification says
        return chosen / "diffgem"
    home = environ.get("HOME")
    return (Path(home) if home else Path.home()) / ".local" / "state" / "diffgem"


def files(folder: Path) -> list[Path]:
    """All that may hold events, the oldest first."""
    return [folder / f"{FILE}.{age}" for age in range(OLDER, 0, -1)] + [folder / FILE]


class Journal:
    """Takes events at once and writes them a little later, in a thread: no key waits for a disk.

    Where they cannot be written, that is logged once, and no more are kept.
    """

    def __init__(self, folder: Callable[[], Path] = state_folder) -> None:
        self.works = True
        self._folder = folder
        self._lines: list[str] = []
        self._timer: asyncio.TimerHandle | None = None
        self._thread = ThreadPoolExecutor(1, "journal")  # one: in the order of the events

    def add(self, event: Event) -> None:
        if not self.works:
            return
        self._lines.append(line_of(event))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PAUSE_S, self._flush)

    async def close(self) -> None:
        """What has come so far is written then."""
        if self._timer is not None:
            self._timer.cancel()
        self._flush()
        await asyncio.to_thread(self._thread.shutdown)
        self.works = False

    def _flush(self) -> None:
        self._timer = None
        lines, self._lines = self._lines, []
        if lines and self.works:
            self._thread.submit(self._save, lines)

    def _save(self, lines: Sequence[str]) -> None:
        if not self.works:  # what came before these has failed
            return
        try:
            append(self._folder(), lines)
        except (OSError, RuntimeError) as error:  # the latter of a user without a home
            self.works = False
            log.warning("what becomes of suggestions is not kept: %s", error)


def append(folder: Path, lines: Sequence[str]) -> None:
    """Whole lines, after those of other servers.  Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = "".join(f"{line}\n" for line in lines).encode()
    with _opened(folder / f"{FILE}.lock") as lock:
        _lock(lock)
        _rotate(folder)
        with _opened(folder / FILE) as file:
            _write_all(file, b"\n" + data if _ends_torn(file) else data)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    handle = os.open(path, flags, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    """Until it is closed.  Raises OSError when others do not let go of it."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _rotate(folder: Path) -> None:
    """The oldest goes."""
    now = folder / FILE
    if not now.exists() or now.stat().st_size < LARGEST:
        return
    kept = files(folder)
    for older, newer in itertools.pairwise(kept):
        if newer.exists():
            newer.replace(older)


def _ends_torn(handle: int) -> bool:
    """Whether somebody was stopped in the middle of a line."""
    size = os.fstat(handle).st_size
    return size > 0 and os.pread(handle, 1, size - 1) != b"\n"


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]
