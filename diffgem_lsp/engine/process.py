"""Start an engine that outlives this process, so that several editors share it."""

import asyncio
import contextlib
import importlib.util
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

from attrs import field, frozen

from diffgem_engine.endpoint import UnixEndpoint, cache_folder
from diffgem_engine.installation import install_command
from diffgem_lsp.engine.access import TOKEN
from diffgem_lsp.engine.errors import EngineUnavailable

ENGINE_COMMAND = (sys.executable, "-m", "diffgem_engine")
ENGINE_PACKAGES = ("torch", "transformers", "tokenizers", "safetensors", "starlette", "uvicorn")
LOG = "engine.log"
MAX_LOG = 1024 * 1024  # bytes
LONGEST_LINE = 400  # characters
_OWN_LINE = re.compile(r"diffgem-engine[ \w-]*: ")  # of its own errors and of argparse's


@frozen
class EngineProcess:
    """An engine that was started here; `exited` has its exit code once it is gone."""

    exited: asyncio.Future[int]
    log: Path
    log_start: int  # bytes that were in the log before

    def last_words(self) -> str:
        """The line of its log in which it told why; else the last, which is a traceback's gist."""
        try:
            with self.log.open("rb") as log:
                log.seek(self.log_start)
                lines = log.read(MAX_LOG).decode(errors="replace").split("\n")
        except OSError:  # somebody has deleted it meanwhile
            lines = []
        told = [line for line in lines if _OWN_LINE.match(line)] or [line for line in lines if line]
        return told[-1][:LONGEST_LINE].strip() if told else "it gave no reason"


@frozen
class Launcher:
    """How to start an engine: `command`, then `serve --socket PATH --idle-exit S`, `options`."""

    command: tuple[str, ...] = ENGINE_COMMAND
    log: Path = field(factory=lambda: cache_folder() / LOG)
    idle_exit_s: int = 900
    options: tuple[str, ...] = ()  # more of serve's, such as --model DIR

    def start(self, endpoint: UnixEndpoint) -> EngineProcess:
        """Raises EngineUnavailable if there is nothing to start."""
        self._check_installed()
        try:
            handle = _open_log(self.log)
        except OSError as error:
            raise EngineUnavailable(
                f"cannot write the engine's log {self.log}: {error.strerror}; let this user write "
                "there, or name a folder of yours by XDG_CACHE_HOME",
                permanent=True,
            ) from error
        with contextlib.closing(os.fdopen(handle, "ab")) as output:
            log_start = output.tell()
            process = self._spawn(endpoint, output.fileno())
        return EngineProcess(_when_exited(process), self.log, log_start)

    def arguments(self, endpoint: UnixEndpoint) -> list[str]:
        idle = str(self.idle_exit_s)
        where = ("--socket", str(endpoint.path))
        return [*self.command, "serve", *where, "--idle-exit", idle, *self.options]

    def _check_installed(self) -> None:
        if self.command != ENGINE_COMMAND:
            return
        missing = [name for name in ENGINE_PACKAGES if importlib.util.find_spec(name) is None]
        if missing:
            raise EngineUnavailable(
                f"the engine is not installed ({', '.join(missing)} missing): "
                f"run {install_command('engine')}",
                permanent=True,
            )

    def _spawn(self, endpoint: UnixEndpoint, output: int) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                self.arguments(endpoint),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # it stays when the editor's process group ends
                cwd=self.log.parent,  # not the project: python -m would import modules from there
                env={name: value for name, value in os.environ.items() if name != TOKEN},
            )
        except OSError as error:
            raise EngineUnavailable(
                f"cannot start the engine, {self.command[0]}: {error.strerror}; {self._advice}",
                permanent=True,
            ) from error

    @property
    def _advice(self) -> str:
        if self.command == ENGINE_COMMAND:
            return "reinstall diffgem-lsp: the Python that it was installed for has gone"
        return "correct the setting `engineCommand`, or leave it out"


def _open_log(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > MAX_LOG:
        path.replace(path.with_name(path.name + ".1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _when_exited(process: subprocess.Popen[bytes]) -> asyncio.Future[int]:
    """A thread reaps it: asyncio's own subprocesses are killed when their loop ends."""
    loop = asyncio.get_running_loop()
    exited: asyncio.Future[int] = loop.create_future()

    def settle(code: int) -> None:
        if not exited.done():
            exited.set_result(code)

    def reap() -> None:
        code = process.wait()
        with contextlib.suppress(RuntimeError):  # the loop has ended before the engine
            loop.call_soon_threadsafe(settle, code)

    threading.Thread(target=reap, name="engine-reaper", daemon=True).start()
    return exited
