"""Processes that tests start, with a folder of their own for home, socket and log."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import psutil
from editor import Editor
from fakes import short_folder

FAKE_ENGINE = (sys.executable, str(Path(__file__).with_name("fake_engine.py")))
SERVER = (sys.executable, "-m", "diffgem_lsp")


class Sandbox:
    """`engines` finds what was started here by the folder's name, which is in their arguments."""

    def __init__(self, folder):
        self.folder = folder
        self.socket = folder / "e"
        self.options = {"engineSocket": str(self.socket), "engineCommand": list(FAKE_ENGINE)}
        (folder / "home").mkdir()

    @property
    def environment(self):
        others = ("DIFFGEM_SOCKET", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")
        kept = {name: value for name, value in os.environ.items() if name not in others}
        # one thread: on a busy machine, more of them wait for each other
        return {**kept, "HOME": str(self.folder / "home"), "OMP_NUM_THREADS": "1"}

    def engines(self):
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if str(self.socket) in process.cmdline() and "serve" in process.cmdline():
                    found.append(process.pid)
        return found

    async def engine(self):
        """The one that is there; of two begun at once, that which did not find its place taken."""
        async with asyncio.timeout(30):
            while len(found := self.engines()) != 1:
                with contextlib.suppress(psutil.Error):
                    begun = [psutil.Process(pid) for pid in found]
                    await asyncio.to_thread(psutil.wait_procs, begun, timeout=1)
        return found[0]

    def kill_engines(self):
        for pid in self.engines():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    @contextlib.asynccontextmanager
    async def edited(self, *arguments, **options):
        """An initialized editor and its server's process, stdio between them.

        When it has ended, `editor.errors` is what it wrote to standard error.
        """
        process = await asyncio.create_subprocess_exec(
            *SERVER,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.environment,
            cwd=self.folder,
        )
        editor = Editor(process.stdin.write)
        listening = asyncio.create_task(editor.listen(process.stdout))
        errors = asyncio.create_task(process.stderr.read())
        try:
            await editor.initialize(**{**self.options, **options})
            yield editor, process
        finally:
            process.stdin.close()
            editor.errors = (await errors).decode()
            await process.wait()
            await listening


@contextlib.contextmanager
def sandbox():
    with short_folder() as folder:
        box = Sandbox(folder)
        try:
            yield box
        finally:
            box.kill_engines()
