"""A sandboxed process from the outside: watched to its end, or ended."""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

from attrs import define, field, frozen

from diffgem_engine.evaluation.sandbox.folder import larger_than
from diffgem_engine.evaluation.sandbox.limits import Limits

TICK = 0.05  # seconds between two looks at the folder
CHUNK = 64 << 10  # bytes: as much as a pipe holds
DRAINS = 4  # reads of what an ended process left in its pipes, and of their ends
MOST_REPORTED = 64 << 10  # bytes; an honest report has under two thousand


@frozen
class Ending:
    """`status` is negative for a signal, as in `subprocess`."""

    status: int
    report: bytes
    output: bytes
    timed_out: bool
    too_large: bool


@define
class _Heard:
    """The beginning of what comes through a pipe; the rest is read and dropped."""

    most: int
    data: bytearray = field(factory=bytearray)

    def take(self, part: bytes) -> None:
        self.data += part[: self.most - len(self.data)]


@define
class Watch:
    """One process until `until`, a time of the monotonic clock."""

    process: "subprocess.Popen[bytes]"
    reports: IO[bytes]
    folder: Path
    limits: Limits
    until: float
    _selector: selectors.BaseSelector = field(factory=selectors.DefaultSelector)

    def ending(self) -> Ending:
        """Nothing of the process is left running, whatever happens here."""
        report, output = _Heard(MOST_REPORTED), _Heard(self.limits.output_bytes)
        with self._selector, contextlib.ExitStack() as stack:
            try:
                self._hear(self.reports, report)
                assert self.process.stdout is not None
                self._hear(stack.enter_context(self.process.stdout), output)
                self._hear_the_end(stack)
                timed_out, too_large = self._wait()
            finally:
                self._kill()
            for _ in range(DRAINS):
                self._listen(0)
        status = self.process.returncode
        return Ending(status, bytes(report.data), bytes(output.data), timed_out, too_large)

    def _hear(self, pipe: IO[bytes], heard: _Heard) -> None:
        self._selector.register(pipe, selectors.EVENT_READ, heard)

    def _hear_the_end(self, stack: contextlib.ExitStack) -> None:
        """Where the kernel cannot say that a process ended, it is seen at the next tick."""
        with contextlib.suppress(OSError):
            descriptor = os.pidfd_open(self.process.pid)
            stack.callback(os.close, descriptor)
            self._selector.register(descriptor, selectors.EVENT_READ)

    def _wait(self) -> tuple[bool, bool]:
        """Whether time ran out, and whether the folder grew too large."""
        look = 0.0
        while not self._exited():
            now = time.monotonic()
            if now >= self.until:
                return True, False
            if now >= look:
                look = now + TICK
                if larger_than(self.folder, self.limits.folder_bytes):
                    return False, True
            self._listen(min(TICK, self.until - now))
        return False, False

    def _exited(self) -> bool:
        """Leaves it to be waited for: until then its process group is its own."""
        flags = os.WEXITED | os.WNOWAIT | os.WNOHANG
        return os.waitid(os.P_PID, self.process.pid, flags) is not None

    def _listen(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.data is None:  # the end of the process
                continue
            part = os.read(key.fd, CHUNK)
            key.data.take(part)
            if not part:
                self._selector.unregister(key.fileobj)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
