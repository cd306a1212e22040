"""Engines that die or do not start."""

import asyncio
import os
import re
import signal
import sys

import pytest
from impostors import Impostor, welcome
from places import CANVAS, NOWHERE, SCRIPT, Clock, forever, pid_of, text_of
from script_files import ROOT
from websockets.asyncio.server import unix_serve

from diffgem_engine.installation import install_command
from diffgem_engine.protocol import PROTOCOL_VERSION
from diffgem_lsp.engine import dial as engine_dial
from diffgem_lsp.engine import process as engine_process
from diffgem_lsp.engine.client import EngineState
from diffgem_lsp.engine.connection import EngineConnection
from diffgem_lsp.engine.dial import NoEngine
from diffgem_lsp.engine.errors import EngineLost, EngineUnavailable
from diffgem_lsp.engine.process import ENGINE_COMMAND, EngineProcess, Launcher
from diffgem_lsp.engine.timing import Timing


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


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (
            "Traceback (most recent call last):\n  File x\nImportError: no torch\n",
            "ImportError: no torch",
        ),
        (
            "loading\ndiffgem-engine: no such model; give another\n  warned\n",
            "diffgem-engine: no such model; give another",
        ),
        (
            "diffgem-engine serve: error: argument --port: x\n",
            "diffgem-engine serve: error: argument --port: x",
        ),
        ("", "it gave no reason"),
    ],
)
def test_of_what_an_engine_wrote_one_line_is_told(tmp_path, log, words):
    """Eight lines of a traceback popped up in the editor."""
    (tmp_path / "log").write_text(f"before\n{log}")
    assert EngineProcess(None, tmp_path / "log", len("before\n")).last_words() == words


def test_a_log_that_has_gone_tells_no_reason(tmp_path):
    """Who deleted it while an engine started had none until the editor was started again."""
    assert EngineProcess(None, tmp_path / "log", 0).last_words() == "it gave no reason"


class Leaving:
    """A launcher whose engine closes its socket at once and ends ten turns of the loop later."""

    def __init__(self, log):
        self.log = log
        self.exited = asyncio.get_running_loop().create_future()

    def start(self, endpoint):
        self.log.write_text("no such checkpoint: /models/nope")
        return EngineProcess(self.exited, self.log, 0)

    async def refuse(self, endpoint, *_):
        if not self.log.exists():
            raise NoEngine
        self._end(10)
        raise EngineLost("went away")

    def _end(self, turns):
        if turns:
            asyncio.get_running_loop().call_soon(self._end, turns - 1)
        else:
            self.exited.set_result(1)


async def test_an_engine_that_is_slow_to_exit_still_tells_why(place, monkeypatch):
    """Torch leaves a second after the socket: the reason stayed in a log that nobody knew of."""
    launcher = Leaving(place.folder / "log")
    monkeypatch.setattr(EngineConnection, "open", launcher.refuse)
    client = place.client(launcher=launcher, timing=Clock().timing(attempts=3))
    with pytest.raises(EngineUnavailable, match="no such checkpoint: /models/nope"):
        await client.ready()
    assert [state for state, _ in place.states] == [EngineState.STARTING, EngineState.FAILED]


class Mistaken:
    """A launcher with a mistake of ours, made once."""

    log = "engine.log"

    def __init__(self, launcher):
        self._launcher, self._made = launcher, False

    def start(self, endpoint):
        if self._made:
            return self._launcher.start(endpoint)
        self._made = True
        return 1 / 0


async def test_a_mistake_of_ours_is_told_and_ends_the_waiting(place, caplog):
    """Requests waited for ever, for a task that was gone; and trying again did nothing."""
    launcher = Launcher((sys.executable, str(SCRIPT)), place.folder / "engine.log", 5)
    came_back = asyncio.Event()
    client = place.client(launcher=Mistaken(launcher), on_ready=came_back.set)
    said = r"internal error: ZeroDivisionError\(.*\); restart the server"
    async with asyncio.timeout(10):
        with pytest.raises(EngineUnavailable, match=said):
            await client.ready()
    assert "the engine client stopped" in caplog.text
    client.retry()
    await came_back.wait()
    assert await text_of(client, "x") == "X"


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
    """FileNotFoundError was taken for a socket that is not there yet; nothing said what to do."""
    launcher = Launcher(("/no/such/engine",), place.folder / "log")
    client = place.client(launcher=launcher)
    said = (
        "cannot start the engine, /no/such/engine: No such file.*; "
        "correct the setting `engineCommand`, or leave it out"
    )
    with pytest.raises(EngineUnavailable, match=said):
        await client.ready()


async def test_a_python_that_has_gone_says_so(place, monkeypatch):
    """There is no setting to correct."""
    gone = ("/no/such/python", "-m", "diffgem_engine")
    monkeypatch.setattr(engine_process, "ENGINE_COMMAND", gone)
    client = place.client(launcher=Launcher(gone, place.folder / "log"))
    said = "reinstall diffgem-lsp: the Python that it was installed for has gone"
    with pytest.raises(EngineUnavailable, match=said):
        await client.ready()


async def test_an_engine_that_is_not_installed_says_how(place, monkeypatch):
    """The base install has no torch: the user saw an ImportError in a log, or nothing."""
    monkeypatch.setattr(engine_process.importlib.util, "find_spec", lambda name: None)
    client = place.client(launcher=Launcher(ENGINE_COMMAND, place.folder / "log"))
    with pytest.raises(EngineUnavailable, match=re.escape(install_command("engine"))):
        await client.ready()
    source = (ROOT / "editors/vscode/src/server/messages.ts").read_text()
    [known] = re.findall(r'LACKS_ENGINE = "(.+)"', source)  # there it brings a button
    with pytest.raises(EngineUnavailable, match=known):
        await client.ready()


async def test_the_client_gives_up_with_one_message_and_asks_again_later(place):
    """It retried for ever at full speed, with a message each time."""
    clock = Clock()
    timing = clock.timing(first=1.0, most=9.0, absent=4.0, attempts=5)
    client = place.client(endpoint=NOWHERE, timing=timing)
    with pytest.raises(EngineUnavailable, match="run diffgem-engine serve --host"):
        await client.ready()
    assert clock.slept == [1.0, 2.0, 4.0, 4.0]
    with pytest.raises(EngineUnavailable):
        await client.ready()
    assert len(clock.slept) == 4
    assert [state for state, _ in place.states] == [EngineState.STARTING, EngineState.FAILED]


async def test_an_engine_that_answers_may_die_as_often_as_it_likes(place):
    """Seven deaths in half a minute, each with work done before, and nobody looked any more."""
    lost = asyncio.Event()
    client = place.client(timing=Timing(first=0.01, attempts=3), on_lost=lost.set)
    for _ in range(4):
        assert await text_of(client, "x") == "X"
        os.kill(await pid_of(client), signal.SIGKILL)
        async with asyncio.timeout(10):
            await lost.wait()
        lost.clear()
    assert await text_of(client, "x") == "X"
    assert EngineState.FAILED not in [state for state, _ in place.states]


async def test_an_engine_that_comes_late_is_found_at_once(place):
    """Who had waited for one that was away for a while was left without it for half a minute."""
    clock, found = Clock(), asyncio.Event()
    timing = clock.timing(attempts=1)
    client = place.client(launcher=None, timing=timing, on_ready=found.set)
    with pytest.raises(EngineUnavailable):
        await client.ready()
    async with unix_serve(Impostor(welcome(PROTOCOL_VERSION)), str(place.endpoint.path)):
        clock.now += 1.0
        with pytest.raises(EngineUnavailable):
            await client.ready()  # it does not wait for what it has set off
        async with asyncio.timeout(10):
            await found.wait()
        await client.close()


async def test_a_retry_that_fails_again_is_seen(place):
    """The status said "failed" while it tried, and nothing when that had failed as well."""
    clock, failed = Clock(), asyncio.Event()
    timing = clock.timing(attempts=1, absent=3.0)
    client = place.client(endpoint=NOWHERE, timing=timing, on_failed=failed.set)
    with pytest.raises(EngineUnavailable):
        await client.ready()
    clock.now += 3
    failed.clear()
    with pytest.raises(EngineUnavailable):
        await client.ready()  # it does not wait for what it has set off
    await failed.wait()
    assert [state for state, _ in place.states] == [EngineState.STARTING, EngineState.FAILED] * 2
    assert "diffgem-engine serve" in place.states[-1][1]


async def test_an_engine_that_hangs_does_not_keep_the_editor(place, monkeypatch):
    """An editor that was closed stayed for ten seconds."""
    monkeypatch.setattr(engine_dial, "CLOSE_S", 0.05)
    client = place.client()
    pid = await pid_of(client)
    os.kill(pid, signal.SIGSTOP)
    async with asyncio.timeout(8):  # websockets' own patience is ten
        await client.close()
    os.kill(pid, signal.SIGKILL)


def test_backoff_has_jitter():
    """Ten editors that lost one engine came back in the same instant."""
    timing = Timing(first=1.0, most=4.0, random=lambda: 0.0)
    assert [timing.backoff(attempt) for attempt in range(4)] == [0.5, 1.0, 2.0, 2.0]
