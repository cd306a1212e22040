"""The index process: told what has changed, it keeps the stores of all workspace folders."""

import json
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from diffgem_lsp.index.keeping import Keeper
from diffgem_lsp.index.store import Store, is_broken, prune, store_path

log = logging.getLogger(__name__)

Say = Callable[[dict[str, Any]], None]
Message = dict[str, Any]
RESCAN_S = 300.0  # editors do not tell of all that others change


class Worker:
    """Changed files go before the scan of a folder, and folders one after the other.

    A message is `{"folders": […]}`, all of them, or `{"changed": […]}`, files; absolute paths.  It
    says `{"root", "files", "done"}` when a folder's store can be asked, and when it is complete.
    """

    def __init__(self, cache: Path, say: Say, clock: Callable[[], float] = time.monotonic) -> None:
        self._cache = cache
        self._say = say
        self._clock = clock
        self._scanned: dict[Path, float] = {}
        self._keepers: dict[Path, Keeper] = {}
        self._scans: dict[Path, Iterator[None]] = {}
        self._changed: dict[Path, None] = {}

    def run(self, inbox: "queue.SimpleQueue[Message | None]") -> None:
        """Until the inbox has None."""
        while True:
            try:
                message = inbox.get(block=not self._has_work)
            except queue.Empty:
                self._work()
                continue
            if message is None:
                return
            self.take(message)

    def take(self, message: Message) -> None:
        if "folders" in message:
            self._set_folders([Path(each) for each in message["folders"]])
        self._changed.update(dict.fromkeys(map(Path, message.get("changed", ()))))

    def rest(self) -> None:
        """Work until there is nothing more to do."""
        while self._has_work:
            self._work()

    def close(self) -> None:
        for keeper in self._keepers.values():
            keeper.close()

    def discard(self) -> None:
        """Of all stores, as an error does not say which it is about."""
        for keeper in self._keepers.values():
            keeper.discard()

    def _set_folders(self, roots: list[Path]) -> None:
        for gone in self._keepers.keys() - roots:
            self._scans.pop(gone, None)
            self._keepers.pop(gone).close()
        for root in roots:
            if root not in self._keepers:
                store = Store(store_path(root, self._cache))
                self._keepers[root] = Keeper(root, store)
                self._say({"root": str(root), "files": 0, "done": False})
            self._scans[root] = self._keepers[root].scan()

    @property
    def _has_work(self) -> bool:
        return bool(self._changed or self._scans)

    def _work(self) -> None:
        """A piece of it: a file."""
        if self._changed:
            path = next(iter(self._changed))
            del self._changed[path]
            self._renew(path)
        else:
            self._scan_on()

    def _renew(self, path: Path) -> None:
        """An ignore file, or a folder, may concern many: then all is looked at anew."""
        for root, keeper in self._keepers.items():
            if not path.is_relative_to(root):
                continue
            keeper.renew(path)
            self._tell(root, done=root not in self._scans)
            wide = path.is_dir() or path.name.endswith("ignore") or not root.is_dir()
            long_ago = self._clock() - self._scanned.get(root, self._clock()) >= RESCAN_S
            if wide or long_ago:
                self._scans[root] = keeper.scan()

    def _scan_on(self) -> None:
        root, scan = next(iter(self._scans.items()))
        if next(scan, self) is self:
            del self._scans[root]
            self._scanned[root] = self._clock()
            self._tell(root, done=True)

    def _tell(self, root: Path, done: bool) -> None:
        self._say({"root": str(root), "files": self._keepers[root].files, "done": done})


def read_messages(lines: Iterator[str], inbox: "queue.SimpleQueue[Message | None]") -> None:
    """Until they end."""
    for line in lines:
        inbox.put(json.loads(line))
    inbox.put(None)


def serve(cache: Path, lines: Iterator[str], say: Say) -> int:
    """The exit code: 0 when the other side is done, 1 where the stores cannot be written."""
    inbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
    threading.Thread(target=read_messages, args=(lines, inbox), daemon=True).start()
    worker = Worker(cache, say)
    try:
        prune(cache, time.time())
        worker.run(inbox)
    except (OSError, sqlite3.Error) as error:
        log.warning("the index cannot be kept in %s: %s", cache, error)
        if isinstance(error, sqlite3.Error) and is_broken(error):
            worker.discard()
        return 1
    finally:
        worker.close()
    return 0
