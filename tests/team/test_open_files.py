"""As many connections as the bounds say, though a process may usually have fewer files."""

import asyncio
import contextlib
import socket
import sys
from pathlib import Path

from fakes import ask, greeted_client, hear, say, short_folder

ENGINE = Path(__file__).parents[1] / "soak" / "echo_engine.py"
SOFT, CONNECTIONS = 64, 100


@contextlib.asynccontextmanager
async def few_files(folder):
    """The socket of an engine that was started where a process may have SOFT files open."""
    command = (sys.executable, str(ENGINE), str(folder / "e"), "0")
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", f'ulimit -Sn {SOFT}; exec "$@"', "sh", *command),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            assert b"listens on" in await process.stdout.readline()
        yield folder / "e"
    finally:
        process.terminate()
        await process.communicate()


async def test_more_connections_than_files_are_usual():
    """At a soft limit of 1,024 whoever came then was accepted by nobody, and told nothing."""
    with short_folder() as folder:
        async with few_files(folder) as place, contextlib.AsyncExitStack() as stack:
            for _ in range(CONNECTIONS):
                idle = stack.enter_context(socket.socket(socket.AF_UNIX))
                idle.setblocking(False)
                await asyncio.get_running_loop().sock_connect(idle, str(place))
            async with asyncio.timeout(30), greeted_client(place) as client:
                await say(client, ask(1, "fine"))
                assert (await hear(client)).candidates[0].texts == ("fine",)
