"""The client against real engine processes around a fake backend."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest
from places import CANVAS, NOWHERE, SCRIPT, pid_of, text_of

from diffgem_engine.endpoint import parse_endpoint
from diffgem_engine.load_progress import READING
from diffgem_lsp.engine.client import EngineState
from diffgem_lsp.engine.errors import EngineLost, EngineUnavailable
from diffgem_lsp.engine.outlook import Outlook
from diffgem_lsp.engine.timing import Timing


async def test_the_first_request_starts_the_engine(place):
    """The whole way: spawn, handshake, answer; and the states that the status bar shows."""
    client = place.client()
    assert await text_of(client, "hello") == "HELLO"
    model = (await client.ready()).model
    assert place.states == [(EngineState.STARTING, ""), (EngineState.READY, model)]


async def test_the_engine_is_on_its_own(place):
    """It died with the editor's terminal, or imported modules from the project's folder."""
    client = place.client()
    pid = await pid_of(client)
    assert os.getsid(pid) == pid
    assert os.readlink(f"/proc/{pid}/cwd") == str(place.folder / "log")  # noqa: PTH115
    await client.close()
    again = place.client()
    assert await pid_of(again) == pid


async def test_two_clients_at_once_share_one_engine(place):
    """Two editors opened together each held a model in memory."""
    clients = [place.client() for _ in range(3)]
    assert len(set(await asyncio.gather(*map(pid_of, clients)))) == 1


async def test_no_engine_is_started_once_the_client_has_let_go(place):
    """A request that came late, between shutdown and exit, left an engine behind."""
    client = place.client()
    client.let_go()
    with pytest.raises(EngineLost, match="closed"):
        await text_of(client, "late")
    await asyncio.sleep(0)  # whoever would connect has begun by now
    assert place.states == [(EngineState.CLOSED, "")]
    await client.close()
    assert not list((place.folder / "log").glob("*"))


@pytest.fixture
def tcp_engine():
    command = [sys.executable, str(SCRIPT), "serve", "--socket", "tcp://127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as engine:
        yield engine
        engine.terminate()
        assert engine.wait(20) == 0


async def test_an_engine_on_tcp_is_connected_to(place, tcp_engine):
    """A proxy in the environment, or the choice of port 0, kept the client from it."""
    announced = tcp_engine.stdout.readline().split()[3]
    client = place.client(endpoint=parse_endpoint(announced))
    assert await text_of(client, "x") == "X"
    await client.close()


async def test_a_socket_in_an_open_folder_is_not_trusted(place):
    """Another user's socket would have read the code that is typed."""
    place.folder.chmod(0o777)
    with pytest.raises(EngineUnavailable, match="open to other users"):
        await place.client().ready()


async def test_close_ends_what_waits(place):
    """Shutdown hung on a request that was still waiting for the engine."""
    client = place.client()
    await client.ready()
    pid = await pid_of(client)
    stuck = asyncio.create_task(client.infill("hang", "", CANVAS))
    await text_of(client, "x")
    await client.close()
    with pytest.raises(EngineLost):
        await stuck
    with pytest.raises(EngineLost):
        await client.ready()
    os.kill(pid, signal.SIGKILL)


async def test_close_while_starting(place):
    """A client that was never connected could not be closed."""
    client = place.client(endpoint=NOWHERE)
    waiting = asyncio.create_task(client.ready())
    await asyncio.sleep(0)
    await client.close()
    with pytest.raises(EngineLost):
        await waiting


@pytest.mark.parametrize(
    "module", ["diffgem_lsp.engine.client", "diffgem_engine.protocol", "diffgem_engine.wire"]
)
def test_the_client_side_is_light(module):
    """A laptop should not need torch to talk to a workstation."""
    heavy = ["torch", "transformers", "tokenizers", "starlette", "uvicorn", "httpx", "requests"]
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


async def test_how_far_a_start_is(place):
    """Minutes without a word, while gigabytes were read."""
    gate = place.folder / "gate"
    os.mkfifo(gate)
    heard, said = [], asyncio.Event()

    def hear(outlook):
        heard.append(outlook)
        said.set()

    client = place.client("--load", str(gate), timing=Timing(look=0.01), on_outlook=hear)
    client.start()
    async with asyncio.timeout(20):
        await said.wait()
    assert client.state is EngineState.STARTING
    await asyncio.to_thread(gate.write_text, "loaded")
    assert await text_of(client, "x") == "X"
    assert heard == [Outlook(READING, 0.5)]
