"""Processes that are killed at random, and started again."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from attrs import define, field

HERE = Path(__file__).parent
START_S = 30.0
ENGINE = (sys.executable, "-m", "diffgem_engine", "serve", "--backend", "vllm")


@define(eq=False)
class Mortal:
    """`ready` is in the line that says that it does its work."""

    name: str
    command: tuple
    ready: str
    environment: dict = field(repr=False)
    process: asyncio.subprocess.Process | None = None
    deaths: int = 0
    since: float = 0.0  # it is ready, by time.monotonic
    served: asyncio.Event = field(factory=asyncio.Event)  # for the first time since
    served_at: float = 0.0
    back_s: list = field(factory=list)  # each time from being ready to that, if others let it
    said: list = field(factory=list, repr=False)  # on standard error
    _readers: list = field(factory=list, repr=False)

    @property
    def up(self):
        return self.process is not None and self.since > 0

    async def start(self):
        """Fails where what a killed one left behind stands in the way."""
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.environment,
        )
        self._readers = [asyncio.create_task(self._keep_errors(self.process.stderr))]
        async with asyncio.timeout(START_S):
            line = b""
            while self.ready not in line.decode():
                line = await self.process.stdout.readline()
                assert line, (self.name, self.said[-9:])
        self.served.clear()
        self.since = time.monotonic()
        self._readers.append(asyncio.create_task(self._hear_served(self.process.stdout)))

    async def kill(self):
        self.since = 0.0
        self.deaths += 1
        await self.end()

    async def end(self):
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        await self.process.wait()
        await asyncio.gather(*self._readers)
        self.process = None

    def has_served(self):
        if self.up and not self.served.is_set():
            self.served_at = time.monotonic()
            self.served.set()

    async def _keep_errors(self, stream):
        async for line in stream:
            self.said.append(line.decode().rstrip())
            del self.said[:-100]

    async def _hear_served(self, stream):
        async for line in stream:
            if line.strip() == b"served":
                self.has_served()


def upstream(port, environment):
    command = (sys.executable, str(HERE / "echo_upstream.py"), str(port))
    return Mortal("upstream", command, "listens on", environment)


def engine_on_upstreams(endpoint, ports, environment):
    urls = [part for port in ports for part in ("--url", f"http://127.0.0.1:{port}")]
    command = (*ENGINE, *urls, "--socket", endpoint)
    return Mortal("engine", command, "listens on", environment)


def engine_alone(endpoint, work_ms, environment):
    command = (sys.executable, str(HERE / "echo_engine.py"), endpoint, str(work_ms))
    return Mortal("engine", command, "listens on", environment)


def client(endpoint, environment):
    command = (sys.executable, str(HERE / "asking_client.py"), endpoint)
    return Mortal("client", command, "asks", environment)
