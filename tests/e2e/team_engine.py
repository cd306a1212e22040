"""An engine process for a team, with the embedded model, and an editor that comes with a token."""

import asyncio
import contextlib
import json
import re
import sys

from attrs import frozen

PATIENCE_S = 120
SOURCE = "def area(width, height):\n    return "
ENGINE = (sys.executable, "-m", "diffgem_engine")


@frozen
class TeamEngine:
    endpoint: str
    port: int
    pid: int
    log: object


async def new_token(store, *options):
    """As `diffgem-engine token add` prints it."""
    command = (*ENGINE, "token", "add", "ada", "--tokens", str(store), *options)
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode().strip()


@contextlib.asynccontextmanager
async def team_engine(folder, store, *options):
    """On a port of loopback, once it answers; its log is at its most talkative."""
    log = folder / "engine.log"
    listening = ("--port", "0", "--tokens", str(store))
    logging = ("--log-level", "debug", "--log-file", str(log))
    process = await asyncio.create_subprocess_exec(
        *(*ENGINE, "serve", *listening, *logging, *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            endpoint = await _announced(process.stdout)
        yield TeamEngine(endpoint, int(endpoint.rpartition(":")[2]), process.pid, log)
    finally:
        process.terminate()
        await process.wait()


async def _announced(output):
    said = []
    while line := (await output.readline()).decode():
        said.append(line)
        if found := re.search(r"listens on (\S+)", line):
            return found[1]
    raise AssertionError("".join(said))


def private(folder, token):
    """The file that `engineTokenFile` names."""
    path = folder / "token"
    path.touch(0o600)
    path.write_text(token + "\n")
    return str(path)


async def completed(editor):
    editor.open("file:///area.py", SOURCE, "python")
    return (await editor.complete("file:///area.py", 1, 11, triggerKind=1))["items"]


def outcomes(engine):
    """Of each request in the engine's log: who asked, and what became of it."""
    lines = [json.loads(line) for line in engine.log.read_text().splitlines()]
    return [(line["user"], line["outcome"]) for line in lines if line.get("kind") == "infill"]
