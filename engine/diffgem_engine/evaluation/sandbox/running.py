"""`run_program`: one program in a sandbox; `Pool`: as many at a time as there are cores."""

import asyncio
import os
import secrets
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from diffgem_engine.evaluation.sandbox.folder import temporary_folder
from diffgem_engine.evaluation.sandbox.inside.job import NONCE_BYTES
from diffgem_engine.evaluation.sandbox.job import job_file, start
from diffgem_engine.evaluation.sandbox.judge import judge
from diffgem_engine.evaluation.sandbox.limits import ALL, ORDINARY, Layers, Limits
from diffgem_engine.evaluation.sandbox.outcome import Outcome, SandboxUnavailable
from diffgem_engine.evaluation.sandbox.watch import Ending, Watch


def run_program(source: str, limits: Limits = ORDINARY, layers: Layers = ALL) -> Outcome:
    """Run `source` as a module and say how it ended; returns within `limits.seconds` and little.

    Passed is a program whose last line was run, without an exception and in time.  Nothing is
    raised for what the program did; SandboxUnavailable when none can be run here.
    """
    nonce = secrets.token_hex(NONCE_BYTES // 2).encode()
    return judge(run_watched(source, nonce, limits, layers), nonce, limits)


def run_watched(source: str, nonce: bytes, limits: Limits, layers: Layers) -> Ending:
    """The same, unjudged: `nonce` is what is reported at the program's end."""
    if sys.platform != "linux":
        raise SandboxUnavailable(
            "programs are run on Linux alone, whose kernel confines them: evaluate there"
        )
    until = time.monotonic() + limits.seconds
    with temporary_folder() as folder, job_file(source, nonce, limits, layers) as job:
        here, there = os.pipe()
        with open(here, "rb", buffering=0) as reports:  # noqa: PTH123 - a descriptor
            try:
                process = start(job, there, folder)
            finally:
                os.close(there)
            return Watch(process, reports, folder, limits, until).ending()


class Pool:
    """Runs programs `at_once` at a time, off the event loop's thread.

    To be used as a context manager: its end waits for what is still running, no longer than
    their time allows, and drops what has not begun.
    """

    def __init__(
        self, limits: Limits = ORDINARY, *, at_once: int | None = None, layers: Layers = ALL
    ) -> None:
        self._limits, self._layers = limits, layers
        self._threads = ThreadPoolExecutor(at_once or os.cpu_count() or 1, "sandbox")

    async def run(self, source: str) -> Outcome:
        """As `run_program`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._threads, run_program, source, self._limits, self._layers
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._threads.shutdown(cancel_futures=True)
