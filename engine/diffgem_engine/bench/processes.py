"""Engine processes of the bench's own, on sockets that no editor finds."""

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen

from diffgem_engine.bench.figures import BenchError
from diffgem_engine.endpoint import UnixEndpoint

START_S = 120.0
STOP_S = 20.0
IDLE_EXIT_S = 300  # should the bench itself be killed


@frozen
class Running:
    """An engine that listens."""

    endpoint: UnixEndpoint
    pid: int


@contextlib.contextmanager
def instant_engine() -> Iterator[Running]:
    """One without a model, which answers at once."""
    with _folder() as folder:
        socket = folder / "s"
        serve = [sys.executable, "-m", "diffgem_engine.bench.instant"]
        with _running([*serve, str(socket), str(IDLE_EXIT_S)], socket):
            yield Running(UnixEndpoint(socket), 0)


@contextlib.contextmanager
def real_engine(engine_options: Sequence[str]) -> Iterator[Running]:
    """`diffgem-engine serve` as users run it."""
    with _folder() as folder:
        socket = folder / "s"
        serve = [sys.executable, "-m", "diffgem_engine", "serve", "--socket", str(socket)]
        options = ["--idle-exit", str(IDLE_EXIT_S), *engine_options]
        with _running([*serve, *options], socket) as process:
            yield Running(UnixEndpoint(socket), process.pid)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Short: the name of a unix socket may have 100 bytes."""
    with tempfile.TemporaryDirectory(prefix="dgb-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextlib.contextmanager
def _running(command: Sequence[str], socket: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Until the block ends.  Raises BenchError with its last words if it does not start."""
    log = socket.with_name("log")
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _await_ready(process, log)
        yield process
    finally:
        _end(process)


def _await_ready(process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Until it says that it listens: the socket is there long before the model is loaded."""
    deadline = time.monotonic() + START_S
    while "listens on" not in (said := log.read_text(errors="replace")):
        last = said.strip().rpartition("\n")[2]
        if process.poll() is not None:
            raise BenchError(f"the engine stopped with exit code {process.returncode}: {last}")
        if time.monotonic() > deadline:
            raise BenchError(f"the engine did not listen within {START_S:g} s: {last}")
        time.sleep(0.02)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
