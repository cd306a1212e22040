"""Engine clients with engine processes of their own, around the fake backend."""

import asyncio
import contextlib
import os
import signal
import sys
import threading
from pathlib import Path

from fakes import short_folder

from diffgem_engine.endpoint import TcpEndpoint, UnixEndpoint
from diffgem_engine.protocol import Hole
from diffgem_lsp.engine.client import EngineClient, EngineState
from diffgem_lsp.engine.process import Launcher
from diffgem_lsp.engine.timing import Timing

SCRIPT = Path(__file__).with_name("fake_engine.py")
CANVAS = (Hole(4),)
NOWHERE = TcpEndpoint("127.0.0.1", 1)  # a privileged port that nothing here listens on


class Place:
    """A folder for a socket and a log, and what was started there."""

    def __init__(self, folder):
        self.folder = folder
        self.endpoint = UnixEndpoint(folder / "s")
        self.states = []
        self.clients = []

    def client(
        self,
        *options,
        on_ready=lambda: None,
        on_failed=lambda: None,
        on_lost=lambda: None,
        **fields,
    ):
        command = (sys.executable, str(SCRIPT), *options)
        launcher = Launcher(command, self.folder / "log" / "engine.log", 5)
        fields = {"endpoint": self.endpoint, "launcher": launcher, **fields}

        def note(state, message):
            self.states.append((state, message))
            if state is EngineState.READY:
                on_ready()
            elif state is EngineState.FAILED:
                on_failed()
            elif state is EngineState.LOST:
                on_lost()

        client = EngineClient(on_state=note, **fields)
        self.clients.append(client)
        return client


@contextlib.asynccontextmanager
async def a_place():
    with short_folder() as folder:
        place = Place(folder)
        yield place
        for client in place.clients:
            if client.state is EngineState.READY:
                os.kill(await pid_of(client), signal.SIGKILL)
            await client.close()
        for thread in threading.enumerate():
            if thread.name == "engine-reaper":  # the engines that lost the race, too
                await asyncio.to_thread(thread.join, 20)


async def pid_of(client):
    """The fake engine's model is named after its process."""
    return int((await client.ready()).model.removeprefix("fake-"))


async def text_of(client, prefix, **options):
    async with asyncio.timeout(20):
        result = await client.infill(prefix, "", CANVAS, **options)
    return result.candidates[0].texts[0]


class Clock:
    """Time passes only when someone sleeps."""

    def __init__(self):
        self.now = 0.0
        self.slept = []

    async def sleep(self, seconds):
        self.now += seconds
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def timing(self, **fields):
        return Timing(sleep=self.sleep, clock=lambda: self.now, random=lambda: 1.0, **fields)


async def forever(ask, *arguments):
    while True:
        await ask(*arguments)
