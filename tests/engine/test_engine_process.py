"""The engine as a process of its own: signals, the second engine, kill -9, a slow load."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import ask, greeted_client, hear, say, short_folder

from diffgem_engine.endpoint import EXIT_IN_USE
from diffgem_engine.protocol import Failure, Progress, Result

SCRIPT = Path(__file__).parents[1] / "fake_engine.py"


@pytest.fixture
def folder():
    with short_folder() as path:
        yield path


@contextlib.contextmanager
def process(path, *options, idle_exit=0):
    arguments = [*options, "serve", "--socket", str(path), "--idle-exit", str(idle_exit)]
    command = [sys.executable, str(SCRIPT), *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as engine:
        try:
            yield engine
        finally:
            engine.kill()


@pytest.fixture
def engine(folder):
    with process(folder / "s") as running:
        assert "listens on unix:" in running.stdout.readline()
        yield running


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains(engine, folder, number):
    """uvicorn re-raises the signal: the reply in flight was lost and the socket stayed."""
    gate = folder / "gate"
    os.mkfifo(gate)
    async with greeted_client(folder / "s") as client:
        await say(client, ask(1, f"fifo:{gate}", progress=True))
        assert isinstance(await hear(client), Progress)
        engine.send_signal(number)
        while not isinstance(reply := await probe(client), Failure):
            pass
        assert reply.code == "draining"
        gate.write_text("done")
        assert isinstance(await hear(client), Progress)
        assert isinstance(await hear(client), Result)
        assert engine.wait(10) == 0
    assert not (folder / "s").exists()
    assert engine.stderr.read() == ""


async def probe(client):
    await say(client, ask(2, "x"))
    return await hear(client)


async def test_a_second_engine_fails_with_one_line_and_the_first_goes_on(engine, folder):
    """Two engines on one socket: half of the editors talked to neither."""
    with process(folder / "s") as second:
        assert second.wait(10) == EXIT_IN_USE
        assert second.stderr.read().splitlines() == [
            f"diffgem-engine: another engine (pid {engine.pid}) already listens on "
            f"unix:{folder / 's'}: use it, or stop it first"
        ]
    async with greeted_client(folder / "s") as client:
        assert isinstance(await probe(client), Result)


async def test_after_kill_the_next_engine_takes_over(engine, folder):
    """The dead engine's socket file kept the next one from starting."""
    engine.kill()
    engine.wait(10)
    assert (folder / "s").exists()
    with process(folder / "s") as second:
        assert "listens on" in second.stdout.readline()
        async with greeted_client(folder / "s") as client:
            assert isinstance(await probe(client), Result)


async def test_a_client_that_comes_while_the_model_loads_waits(folder):
    """The client gave up, or started another engine, because none answered yet."""
    gate = folder / "gate"
    os.mkfifo(gate)
    with process(folder / "s", "--load", str(gate)) as engine:
        assert engine.stdout.readline() == "loading\n"
        with process(folder / "s") as second:
            assert second.wait(10) == EXIT_IN_USE
        answer = asyncio.create_task(talk(folder / "s"))
        await asyncio.to_thread(gate.write_text, "loaded")
        assert isinstance(await answer, Result)


async def talk(path):
    async with greeted_client(path) as client:
        return await probe(client)


def test_a_signal_during_the_load_cleans_up(folder):
    """The socket of an engine that never served stayed behind."""
    gate = folder / "gate"
    os.mkfifo(gate)
    with process(folder / "s", "--load", str(gate)) as engine:
        assert engine.stdout.readline() == "loading\n"
        engine.terminate()
        assert engine.wait(10) == 0
        assert engine.stderr.read() == ""
    assert not (folder / "s").exists()


async def test_an_engine_that_broke_down_says_so_and_exits_with_an_error(engine, folder):
    """Whoever starts engines started no other: this one had ended well."""
    async with greeted_client(folder / "s") as client:
        await say(client, ask(1, "break down"))
        assert isinstance(await hear(client), Result)
    assert engine.wait(10) == 1
    said = "ended by the failure logged above: start it again, and report that"
    assert engine.stderr.read() == f"diffgem-engine: {said}\n"


async def test_an_idle_engine_exits(folder):
    """Idle exit has to end the process, not only the server."""
    with process(folder / "s") as forever, process(folder / "t", idle_exit=0.05) as brief:
        assert brief.wait(10) == 0
        assert forever.poll() is None
