"""A language server in a process of its own, whose editor completes without end."""

import asyncio
import contextlib
import os
import signal
import sys
import time

from attrs import define
from editor import Editor

SERVER = (sys.executable, "-m", "diffgem_lsp")
END_S = 15.0  # of every request
PAUSE_S = 0.25


@define
class Edited:
    """`late` are completions without a reply in time, while their server lived."""

    replies: int = 0
    late: int = 0
    kills: int = 0


async def edits(endpoint, environment, edited, over, draw, lives_s):
    """One server after another, each killed after up to `lives_s`."""
    while not over.is_set():
        async with _server(environment) as editor:
            await editor.initialize(engineSocket=endpoint, trigger="automatic")
            end = time.monotonic() + draw.uniform(0.2, 1.0) * lives_s
            while time.monotonic() < end and not over.is_set():
                await _complete(editor, edited)
                await asyncio.sleep(draw.expovariate(1 / PAUSE_S))
        edited.kills += 1


async def _complete(editor, edited):
    uri = f"file:///{edited.replies}.txt"
    editor.open(uri, "one two three")
    try:
        async with asyncio.timeout(END_S):
            await editor.complete(uri, 0, 13)
    except TimeoutError:
        edited.late += 1
    else:
        edited.replies += 1


@contextlib.asynccontextmanager
async def _server(environment):
    """Its editor; in the end it is killed."""
    process = await asyncio.create_subprocess_exec(
        *SERVER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
    )
    editor = Editor(process.stdin.write)
    listening = asyncio.create_task(editor.listen(process.stdout))
    try:
        yield editor
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        await listening
        process.stdin.close()
