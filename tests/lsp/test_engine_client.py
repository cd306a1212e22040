"""The client against real engine processes around a fake backend."""

import asyncio
import contextlib
import os
import signal
import stat
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest
from fakes import short_folder
from websockets.asyncio.server import unix_serve

from diffgem_engine import wire
from diffgem_engine.endpoint import TcpEndpoint, UnixEndpoint, parse_endpoint
from diffgem_engine.protocol import Failure, Hole, Welcome
from diffgem_lsp import engine_process
from diffgem_lsp.engine_client import EngineClient, EngineState
from diffgem_lsp.engine_errors import EngineLost, EngineUnavailable, RequestRefused
from diffgem_lsp.engine_process import ENGINE_COMMAND, Launcher
from diffgem_lsp.engine_timing import Timing

SCRIPT = Path(__file__).parents[1] / "fake_engine.py"
CANVAS = (Hole(4),)
NOWHERE = TcpEndpoint("127.0.0.1", 1)  # a privileged port that nothing here listens on


class Place:
    """A folder for a socket and a log, and what was started there."""

    def __init__(self, folder):
        self.folder = folder
        self.endpoint = UnixEndpoint(folder / "s")
        self.states = []
        self.clients = []

    def client(self, *options, on_ready=lambda: None, **fields):
        command = (sys.executable, str(SCRIPT), *options)
        launcher = Launcher(command, self.folder / "log" / "engine.log", 5)
        fields = {"endpoint": self.endpoint, "launcher": launcher, **fields}

        def note(state, message):
            self.states.append((state, message))
            if state is EngineState.READY:
                on_ready()

        client = EngineClient(on_state=note, **fields)
        self.clients.append(client)
        return client


@pytest.fixture
async def place():
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


async def test_an_engine_on_tcp_is_connected_to(place):
    """A proxy in the environment, or the choice of port 0, kept the client from it."""
    command = [sys.executable, str(SCRIPT), "serve", "--socket", "tcp://127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        announced = engine.stdout.readline().split()[3]
        client = place.client(endpoint=parse_endpoint(announced))
        assert await text_of(client, "x") == "X"
        engine.terminate()
        assert await asyncio.to_thread(engine.wait, 20) == 0


async def test_replies_go_to_who_asked(place):
    """A slow request's reply went to the next one."""
    client = place.client()
    slow = asyncio.create_task(client.infill("hang", "", CANVAS))
    texts = await asyncio.gather(*(text_of(client, f"x{number}") for number in range(20)))
    assert texts == [f"X{number}" for number in range(20)]
    assert not slow.done()
    slow.cancel()


async def test_progress_reaches_its_listener_and_its_errors_stay_there(place, caplog):
    """An exception in the terminal view ended the connection."""
    client = place.client()
    steps = []

    def watch(progress):
        steps.append(progress.step)
        raise ValueError("a broken view")

    assert await text_of(client, "x", on_progress=watch) == "X"
    assert steps == [1, 2]
    assert "a broken view" in caplog.text


async def test_cancelling_cancels_in_the_engine(place):
    """The engine went on denoising for a reply that nobody wanted."""
    client = place.client()
    started = asyncio.Semaphore(0)
    hang = partial(client.infill, "hang", "", CANVAS, on_progress=lambda _: started.release())
    stuck = [asyncio.create_task(hang()) for _ in range(64)]
    for _ in stuck:
        await started.acquire()
    with pytest.raises(RequestRefused, match="64 requests are already in flight"):
        await text_of(client, "x")
    for task in stuck:
        task.cancel()
    assert all(isinstance(e, asyncio.CancelledError) for e in await ended(stuck))
    async with asyncio.timeout(20):
        assert await text_when_admitted(client, "x") == "X"


async def text_when_admitted(client, prefix):
    while True:
        with contextlib.suppress(RequestRefused):
            return await text_of(client, prefix)


async def ended(tasks):
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_late_reply_is_dropped(place):
    """A reply that crossed the Cancel raised InvalidStateError in the reader."""
    client = place.client()
    await client.ready()
    quick = [asyncio.create_task(client.infill("x", "", CANVAS)) for _ in range(10)]
    await asyncio.sleep(0)
    for task in quick:
        task.cancel()
    await ended(quick)
    assert await text_of(client, "y") == "Y"


async def test_killing_the_engine_loses_the_request_and_the_next_one_works(place):
    """A dead engine left its requests waiting for ever."""
    client = place.client()
    stuck = asyncio.create_task(client.infill("hang", "", CANVAS))
    pid = await pid_of(client)
    await text_of(client, "x")
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(EngineLost):
        await stuck
    assert await text_of(client, "x") == "X"
    assert await pid_of(client) != pid
    assert [state for state, _ in place.states][-2:] == [EngineState.LOST, EngineState.READY]


async def test_a_drained_engine_is_lost_and_another_one_starts(place):
    """`kill` on the engine showed an error to every editor, and left them without."""
    client = place.client()
    stuck = asyncio.create_task(client.infill("hang", "", CANVAS))
    pid = await pid_of(client)
    await text_of(client, "x")
    os.kill(pid, signal.SIGTERM)
    with pytest.raises(EngineLost, match="shutting down"):
        await forever(text_of, client, "x")
    assert not stuck.done()
    stuck.cancel()
    assert await text_of(client, "x") == "X"
    assert await pid_of(client) != pid


async def forever(ask, *arguments):
    while True:
        await ask(*arguments)


async def test_an_engine_that_cannot_start_is_reported_once_with_its_last_words(place):
    """The reason was in a log that nobody knew of; each request started it again."""
    client = place.client("--die", "no such checkpoint: /models/nope")
    for _ in range(3):
        with pytest.raises(EngineUnavailable, match="no such checkpoint: /models/nope") as caught:
            await text_of(client, "x")
    assert str(place.folder / "log" / "engine.log") in str(caught.value)
    assert [state for state, _ in place.states] == [EngineState.STARTING, EngineState.FAILED]
    log = place.folder / "log" / "engine.log"
    assert log.read_text().count("no such checkpoint") == 1


async def test_retry_starts_again_after_the_user_has_acted(place):
    """Only a restart of the editor helped."""
    came_back = asyncio.Event()
    client = place.client("--die", "no checkpoint", on_ready=came_back.set)
    with pytest.raises(EngineUnavailable):
        await client.ready()
    other = place.client()
    await other.ready()
    client.retry()
    await came_back.wait()
    assert await pid_of(client) == await pid_of(other)


async def test_a_missing_command_says_so(place):
    """FileNotFoundError was taken for a socket that is not there yet."""
    launcher = Launcher(("/no/such/engine",), place.folder / "log")
    client = place.client(launcher=launcher)
    with pytest.raises(EngineUnavailable, match="cannot start the engine, /no/such/engine"):
        await client.ready()


async def test_an_engine_that_is_not_installed_says_how(place, monkeypatch):
    """The base install has no torch: the user saw an ImportError in a log, or nothing."""
    monkeypatch.setattr(engine_process.importlib.util, "find_spec", lambda name: None)
    client = place.client(launcher=Launcher(ENGINE_COMMAND, place.folder / "log"))
    with pytest.raises(EngineUnavailable, match=r"pip install 'diffgem-lsp\[engine\]'"):
        await client.ready()


async def test_the_client_gives_up_with_one_message_and_asks_again_later(place):
    """It retried for ever at full speed, with a message each time."""
    clock = Clock()
    timing = clock.timing(first=1.0, most=4.0, attempts=5, retry=30.0)
    client = place.client(endpoint=NOWHERE, timing=timing)
    with pytest.raises(EngineUnavailable, match="run diffgem-engine serve --host"):
        await client.ready()
    assert clock.slept == [1.0, 2.0, 4.0, 4.0]
    with pytest.raises(EngineUnavailable):
        await client.ready()
    assert len(clock.slept) == 4
    clock.now += 30
    with pytest.raises(EngineUnavailable):
        await client.ready()
    assert [state for state, _ in place.states] == [EngineState.STARTING, EngineState.FAILED]


def test_backoff_has_jitter():
    """Ten editors that lost one engine came back in the same instant."""
    timing = Timing(first=1.0, most=4.0, random=lambda: 0.0)
    assert [timing.backoff(attempt) for attempt in range(4)] == [0.5, 1.0, 2.0, 2.0]


class Impostor:
    """A server that answers each connection's Hello with one frame and counts them."""

    def __init__(self, *frames):
        self.frames = frames
        self.connections = 0

    async def __call__(self, socket):
        self.connections += 1
        await socket.recv()
        for frame in self.frames:
            await socket.send(frame)
        await socket.wait_closed()


def welcome(protocol):
    return wire.encode(Welcome(protocol, "9", "m", "cpu", "float32", 256, 1024))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (wire.encode(Failure(None, "bad-version", "upgrade the engine")), "upgrade the engine"),
        (welcome(99), "expected Welcome"),
        (b"\xc1", "no DiffGem engine"),
        ("text", "no DiffGem engine"),
    ],
)
async def test_an_engine_of_another_version_is_not_asked_again(place, frame, message):
    """A version mismatch was retried for ever."""
    impostor = Impostor(frame)
    async with unix_serve(impostor, str(place.endpoint.path)):
        client = place.client()
        for _ in range(2):
            with pytest.raises(EngineUnavailable, match=message):
                await client.ready()
        await client.close()
    assert impostor.connections == 1


async def test_an_engine_that_talks_nonsense_is_dropped(place):
    """A frame that does not parse ended the reader, and requests waited for ever."""
    async with unix_serve(Impostor(welcome(1), b"\xc1"), str(place.endpoint.path)):
        client = place.client(timing=Clock().timing(attempts=2))
        with pytest.raises(EngineUnavailable, match="keeps stopping"):
            await forever(infill_or_lose, client)


async def infill_or_lose(client):
    with contextlib.suppress(EngineLost):
        await client.infill("x", "", CANVAS)


async def test_a_socket_in_an_open_folder_is_not_trusted(place):
    """Another user's socket would have read the code that is typed."""
    place.folder.chmod(0o777)
    with pytest.raises(EngineUnavailable, match="open to other users"):
        await place.client().ready()


@pytest.mark.parametrize(
    ("prefix", "code"), [("x" * wire.MAX_FRAME, "too-large"), ("\ud800", "bad-message")]
)
async def test_what_the_engine_would_refuse_is_not_sent(place, prefix, code):
    """An oversized frame costs the connection and with it everyone's requests."""
    client = place.client()
    with pytest.raises(RequestRefused) as caught:
        await text_of(client, prefix)
    assert caught.value.code == code
    assert await text_of(client, "x") == "X"


async def test_an_internal_error_of_the_engine_is_a_refusal(place):
    """One bad request was taken for the loss of the engine."""
    client = place.client()
    with pytest.raises(RequestRefused, match="RuntimeError") as caught:
        await text_of(client, "boom")
    assert caught.value.code == "internal"


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


async def test_the_log_is_private_and_does_not_grow_for_ever(place, monkeypatch):
    """The log of a crashing engine filled the disk."""
    monkeypatch.setattr(engine_process, "MAX_LOG", 10)
    log = place.folder / "log" / "engine.log"
    log.parent.mkdir(mode=0o700)
    log.write_text("old lines\n" * 3)
    await place.client().ready()
    assert log.with_name("engine.log.1").read_text().startswith("old lines")
    assert "old lines" not in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "module", ["diffgem_lsp.engine_client", "diffgem_engine.protocol", "diffgem_engine.wire"]
)
def test_the_client_side_is_light(module):
    """A laptop should not need torch to talk to a workstation."""
    heavy = ["torch", "transformers", "tokenizers", "starlette", "uvicorn", "httpx", "requests"]
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
