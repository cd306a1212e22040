"""The least of an editor: a `diffgem-lsp` process, and requests that wait for their reply."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from diffgem_engine.bench.figures import BenchError

COMMAND = (sys.executable, "-m", "diffgem_lsp")
PATIENCE_S = 120.0  # for a whole session
STOP_S = 10.0


class LspClient:
    """Speaks LSP over the pipes of a process.  One request at a time."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("the process needs pipes")
        self._to, self._from = process.stdin, process.stdout
        self._id = 0
        self.pid = process.pid

    def notify(self, method: str, params: object) -> None:
        self._write({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method: str, params: object) -> Any:
        """The result.  Raises BenchError for an error, or when the server is gone."""
        self._id += 1
        self._write({"jsonrpc": "2.0", "id": self._id, "method": method, "params": params})
        while True:
            message = self._read()
            if message.get("id") == self._id and "method" not in message:
                if "error" in message:
                    raise BenchError(f"{method}: {message['error']}")
                return message["result"]

    def initialize(self, options: object = None, root: Path | None = None) -> None:
        """As far as the reply; `initialized` is the caller's to send."""
        params = {
            "processId": None,
            "rootUri": None if root is None else root.as_uri(),
            "capabilities": {"general": {"positionEncodings": ["utf-16"]}},
            "initializationOptions": options,
        }
        self.request("initialize", params)

    def _write(self, body: object) -> None:
        data = json.dumps(body).encode()
        with contextlib.suppress(BrokenPipeError):  # what is read next says that it has ended
            self._to.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
            self._to.flush()

    def _read(self) -> dict[str, Any]:
        length = 0
        while (line := self._from.readline()).strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            raise BenchError("diffgem-lsp ended early: run diffgem-lsp doctor")
        found: dict[str, Any] = json.loads(self._from.read(length))
        return found


@contextlib.contextmanager
def lsp_process(patience_s: float = PATIENCE_S) -> Iterator[LspClient]:
    """A server that was just started, and is ended by force if the session takes too long.

    What it keeps for its user goes with it.
    """
    with tempfile.TemporaryDirectory(prefix="dgb-", ignore_cleanup_errors=True) as kept:
        places = dict.fromkeys(("XDG_CACHE_HOME", "XDG_STATE_HOME"), kept)
        yield from _session({**os.environ, **places}, patience_s)


def _session(environment: dict[str, str], patience_s: float) -> Iterator[LspClient]:
    process = subprocess.Popen(
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    watchdog = threading.Timer(patience_s, process.kill)
    watchdog.start()
    try:
        client = LspClient(process)
        yield client
        client.request("shutdown", None)
        client.notify("exit", None)
        process.wait(STOP_S)
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()
