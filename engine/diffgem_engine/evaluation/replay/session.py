"""A language server's process, and an editor's side of the wire: any number of requests at once."""

import asyncio
import contextlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
from attrs import define, field, frozen

from diffgem_engine.evaluation.errors import BadInput
from diffgem_lsp.editor.framing import read_messages

COMMAND = (sys.executable, "-m", "diffgem_lsp", "--verbose")
PATIENCE_S = 120.0  # for one reply
STOP_S = 20.0
_LARGEST = 2**26  # bytes of one message


class ServerLost(BadInput):
    """The server ended, or refused what an editor may ask."""


@frozen
class Reply:
    """What came back for one request; `error` where it was refused."""

    result: Any
    error: Any
    at: float  # s, of `time.perf_counter`


@define
class Session:
    """`replies` counts what came for each id; `on_reply` gets each, in the order of arrival."""

    process: "asyncio.subprocess.Process"
    encoding: str
    on_reply: "Callable[[int, Reply], None]" = lambda *_: None
    replies: "Counter[int]" = field(factory=Counter)
    _waiting: "dict[int, asyncio.Future[Reply]]" = field(factory=dict)
    _next: int = 0
    _lost: bool = False

    def notify(self, method: str, params: object) -> None:
        self._write({"method": method, "params": params})

    def begin(self, method: str, params: object) -> "tuple[int, asyncio.Future[Reply]]":
        """The id, and what its reply will be."""
        self._next += 1
        waiting: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[self._next] = waiting
        if self._lost:
            self.lost()
        self._write({"id": self._next, "method": method, "params": params})
        return self._next, waiting

    async def ask(self, method: str, params: object) -> Any:
        """The result.  Raises ServerLost for an error, or when the server is gone."""
        async with asyncio.timeout(PATIENCE_S):
            reply = await self.begin(method, params)[1]
        if reply.error is not None:
            raise ServerLost(f"{method}: {reply.error}")
        return reply.result

    async def initialize(self, root: Path, options: Mapping[str, object]) -> None:
        general = {"positionEncodings": [self.encoding]}
        folder = {"uri": root.as_uri(), "name": root.name}
        params = {
            "processId": None,
            "rootUri": root.as_uri(),
            "workspaceFolders": [folder],
            "capabilities": {"general": general, "workspace": {"workspaceFolders": True}},
            "initializationOptions": options,
        }
        await self.ask("initialize", params)
        self.notify("initialized", {})

    @property
    def asked(self) -> int:
        """How many requests were sent."""
        return self._next

    @property
    def resident_mb(self) -> float:
        return float(psutil.Process(self.process.pid).memory_info().rss) / 2**20

    def receive(self, body: bytes) -> None:
        message = json.loads(body)
        if "method" not in message:
            self._settle(message)
        elif "id" in message:  # the server asks something of the editor
            items = (message.get("params") or {}).get("items")
            self._write({"id": message["id"], "result": items and [None] * len(items)})

    def lost(self) -> None:
        """Nothing more will come: whoever waits is told, and who asks from now on."""
        self._lost = True
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ServerLost("diffgem-lsp ended early: run diffgem-lsp doctor"))
        self._waiting.clear()

    def _settle(self, message: Mapping[str, Any]) -> None:
        number = message["id"]
        reply = Reply(message.get("result"), message.get("error"), time.perf_counter())
        self.replies[number] += 1
        self.on_reply(number, reply)
        waiting = self._waiting.pop(number, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(reply)

    def _write(self, body: Mapping[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **body}).encode()
        if self.process.stdin is not None:
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))


@contextlib.asynccontextmanager
async def session_of(
    root: Path, options: Mapping[str, object], log: Path, encoding: str = "utf-16"
) -> AsyncIterator[Session]:
    """An initialized server for the workspace `root`; what it logs is appended to `log`.

    What it keeps for its user is kept beside the log, and no statistics of his are touched.
    """
    kept = {name: str(log.parent / name) for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME")}
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *COMMAND, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=errors, limit=_LARGEST, env={**os.environ, **kept},
        )  # fmt: skip
    session = Session(process, encoding)
    listening = asyncio.create_task(_listen(session))
    try:
        await session.initialize(root, options)
        yield session
        await session.ask("shutdown", None)
        session.notify("exit", None)
        async with asyncio.timeout(STOP_S):
            await process.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await listening


async def _listen(session: Session) -> None:
    reader = session.process.stdout
    if reader is not None:
        await read_messages(reader, session.receive)
    session.lost()
