"""How far an engine is with its checkpoint: a small file beside its socket.

An engine answers nobody while it loads.  For both sides; standard library and attrs only.
"""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from attrs import frozen

from diffgem_engine.endpoint import Endpoint, UnixEndpoint

STARTING, DOWNLOADING = "loading libraries", "downloading the checkpoint"
READING, PREPARING = "reading the weights", "getting ready"
LONGEST = 1_000  # bytes; whoever finds more in the file did not find ours
LEAST_NEWS = 0.01  # of a stage: less is not told

Tell = Callable[[str, float | None], None]  # the stage, and how much of it is done, 0..1


@frozen
class Loading:
    """`share` is None where nobody knows."""

    stage: str
    share: float | None = None


def silent(_stage: str, _share: float | None) -> None:
    """Where nobody wants to know."""


def loading_file(endpoint: UnixEndpoint) -> Path:
    return Path(f"{endpoint.path}.loading")


@contextlib.contextmanager
def told(endpoint: Endpoint) -> Iterator[Tell]:
    """For the engine that has claimed `endpoint`, while it loads; on TCP nobody is told.

    A file that cannot be written keeps no engine from loading.
    """
    if not isinstance(endpoint, UnixEndpoint):
        yield silent
        return
    place = loading_file(endpoint)
    try:
        yield _News(place)
    finally:
        with contextlib.suppress(OSError):
            place.unlink(missing_ok=True)


class _News:
    """What is new enough is written: there are thousands of weights."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._last: Loading | None = None

    def __call__(self, stage: str, share: float | None) -> None:
        now = Loading(stage, share)
        if self._last is not None and not _is_news(self._last, now):
            return
        self._last = now
        with contextlib.suppress(OSError):
            _write(self._place, now)


def _is_news(last: Loading, now: Loading) -> bool:
    if last.stage != now.stage or last.share is None or now.share is None:
        return last != now
    return abs(now.share - last.share) >= LEAST_NEWS


def _write(place: Path, now: Loading) -> None:
    """Whole at any time: it is read while it is written."""
    text = json.dumps({"pid": os.getpid(), "stage": now.stage, "share": now.share})
    new = place.with_name(f"{place.name}.new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(place)


def read(endpoint: Endpoint) -> Loading | None:
    """Of the engine that loads there now, where it says; never of one that died meanwhile."""
    if not isinstance(endpoint, UnixEndpoint):
        return None
    try:
        with loading_file(endpoint).open("rb") as file:
            found = json.loads(file.read(LONGEST))
    except (OSError, ValueError, RecursionError):
        return None
    match found:
        case {"pid": int(pid), "stage": str(stage), "share": share} if _is_alive(pid):
            return Loading(stage, _as_share(share))
    return None


def _as_share(found: Any) -> float | None:
    is_number = type(found) in (int, float)
    return float(found) if is_number and 0 <= found <= 1 else None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (OSError, OverflowError):
        return False
    return pid > 0
