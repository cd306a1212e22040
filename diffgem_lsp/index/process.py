"""The index process from the language server's side: started, told, started again, ended."""

import asyncio
import json
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Any

from diffgem_lsp.engine.timing import Timing

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "diffgem_lsp.index")
LAST_WORDS_S = 5.0  # for the process to end by itself

Message = dict[str, Any]


class IndexProcess:
    """Runs from `start` to `close`.

    Where it ends by itself it is started again and told `first()`; not any more after
    `timing.attempts` failures in a row: the editor has to do without.
    """

    def __init__(
        self,
        cache: Path,
        first: Callable[[], Message],
        on_message: Callable[[Message], None],
        timing: Timing | None = None,
        command: tuple[str, ...] = COMMAND,
    ) -> None:
        self.last_end = ""  # why it ended last
        self.over = asyncio.Event()  # set once it is not started any more
        self._cache = cache
        self._first = first
        self._on_message = on_message
        self._timing = timing or Timing()
        self._command = command
        self._process: Process | None = None
        self._supervisor: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._supervisor is None:
            self._supervisor = asyncio.create_task(self._supervise())

    def tell(self, message: Message) -> None:
        """Lost where no process runs: the next one looks at everything."""
        writer = self._process.stdin if self._process is not None else None
        if writer is not None and not writer.is_closing():
            writer.write(json.dumps(message).encode() + b"\n")

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    async def close(self) -> None:
        if self._supervisor is None:
            return
        self._supervisor.cancel()
        await asyncio.wait({self._supervisor})
        self._supervisor = None

    async def _supervise(self) -> None:
        failures = 0
        while failures < self._timing.attempts:
            began = self._timing.clock()
            self.last_end = await self._run()
            if self._timing.clock() - began >= self._timing.steady:
                failures = 0
            await self._timing.sleep(self._timing.backoff(failures))
            failures += 1
        log.warning("no index of the workspace: %s", self.last_end)
        self.over.set()

    async def _run(self) -> str:
        """Start it and listen until it has ended; how that came about."""
        try:
            self._cache.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._process = await asyncio.create_subprocess_exec(
                *self._command, str(self._cache), stdin=PIPE, stdout=PIPE, stderr=DEVNULL,
                start_new_session=True,  # Ctrl-C in a terminal is not meant for it
                cwd=self._cache,  # not the project: python -m would import modules from there
            )  # fmt: skip
        except OSError as error:
            return f"it cannot be started: {error}"
        try:
            self.tell(self._first())
            await self._listen(self._process)
            return f"it ended with code {await self._process.wait()}"
        finally:
            await _end(self._process)
            self._process = None

    async def _listen(self, process: Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self._on_message(json.loads(line))


async def _end(process: Process) -> None:
    """Its standard input ends, and so does it; or it is made to."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(LAST_WORDS_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
