"""What the user hears of the engine: each thing once, and who may choose it."""

import asyncio
import sys

from editor import PATIENCE_S, answer, edited_here
from fakes import FakeBackend, short_folder
from websockets.asyncio.server import unix_serve

from diffgem_engine import wire
from diffgem_engine.protocol import Hello
from diffgem_lsp.engine import client as engine_client
from diffgem_lsp.engine.timing import Timing
from diffgem_lsp.features.engine import RETRY_ENGINE

URI = "file:///a.txt"


async def test_another_model_than_the_engines_is_said_once(engine):
    """The option had no effect, as an engine ran already, and nobody said so."""
    async with edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(engine.path), model="/models/large")
        message = await editor.message()
        assert "/models/large" in message
        assert engine.backend.welcome.model in message
        editor.open(URI, "ab")
        for column in (1, 2):
            assert (await editor.complete(URI, 0, column))["items"]
        assert editor.shown.empty()


async def test_the_engines_own_model_is_nothing_to_say(engine):
    async with edited_here() as (editor, _):
        model = engine.backend.welcome.model
        await editor.initialize(engineSocket=str(engine.path), model=f"/models/{model}")
        editor.open(URI, "ab")
        assert (await editor.complete(URI, 0, 2))["items"]
        assert editor.shown.empty()


async def test_an_outage_is_said_once_until_the_user_asks_again(monkeypatch):
    """Each retry that failed popped up; or one that the user had asked for was silent."""
    monkeypatch.setattr(engine_client, "Timing", lambda: Timing(attempts=1, retry=0.0))
    async with edited_here() as (editor, _):
        await editor.initialize(engineSocket="tcp://127.0.0.1:1")
        editor.open(URI, "ab")
        assert "diffgem-engine serve" in await editor.message()
        for _ in range(6):  # by turns it sets off a retry, and waits for what comes of it
            assert await editor.complete(URI, 0, 2) == {"items": []}
        assert editor.shown.empty()
        await editor.ask("workspace/executeCommand", command=RETRY_ENGINE)
        assert "diffgem-engine serve" in await editor.message()


async def test_an_engine_that_dies_of_each_request_is_said_once(monkeypatch):
    """It was ready in between, and so each of its deaths was an outage of its own."""
    monkeypatch.setattr(engine_client, "Timing", lambda: Timing(attempts=1, retry=0.0))
    welcome, deaths = FakeBackend().welcome, 0

    async def mortal(socket):
        nonlocal deaths
        await hear_hello(socket)
        await socket.send(wire.encode(welcome))
        async for _ in socket:
            deaths += 1
            return

    with short_folder() as folder:
        path = folder / "engine.sock"
        async with unix_serve(mortal, str(path)), edited_here() as (editor, _):
            await editor.initialize(engineSocket=str(path))
            editor.open(URI, "ab")
            async with asyncio.timeout(20):
                while deaths < 3:
                    assert await editor.complete(URI, 0, 2) == {"items": []}
            assert "keeps stopping" in await editor.message()
            assert editor.shown.empty()


async def hear_hello(socket):
    assert isinstance(wire.decode_client(await socket.recv()), Hello)


async def test_a_client_that_anybody_may_be_does_not_choose_what_runs(engine, monkeypatch):
    """Over TCP any user of the machine could have run any program as this one."""
    monkeypatch.setenv("DIFFGEM_SOCKET", str(engine.path))
    command = [sys.executable, "-c", "raise SystemExit('run by a stranger')"]
    async with edited_here(trusted=False) as (editor, server):
        await editor.initialize(
            engineCommand=command, model="/tmp/x", engineSocket="/tmp/y", maxLines=3
        )
        message = await editor.message()
        assert all(name in message for name in ("engineCommand", "model", "engineSocket"))
        assert (server.options.engine_command, server.options.model) == (None, None)
        assert server.options.max_lines == 3
        editor.open(URI, "ab")
        assert (await editor.complete(URI, 0, 2))["items"]
        assert editor.shown.empty()


async def test_no_engine_is_started_on_the_way_out(engine):
    """A setting that changed just before the shutdown connected anew, after it."""
    async with edited_here() as (editor, server):
        await editor.initialize(engineSocket=str(engine.path))
        editor.open(URI, "ab")
        assert (await editor.complete(URI, 0, 2))["items"]
        changed = {"engineSocket": "/nowhere/s", "engineCommand": ["/nowhere/e"]}
        with editor.at_once():
            editor.notify("workspace/didChangeConfiguration", settings={"diffgem": changed})
            _, reply = editor.begin("shutdown", None)
        await answer(reply)
        await asyncio.gather(*server._tasks)
        assert server.engine is None


async def test_a_client_that_leaves_what_it_is_asked_unanswered(caplog):
    """The wish for news of files ended in a traceback at the shutdown."""
    async with edited_here() as (editor, _):
        watching = {"didChangeWatchedFiles": {"dynamicRegistration": True}}
        await editor.initialize(engineSocket="tcp://127.0.0.1:1", workspace=watching)
        async with asyncio.timeout(PATIENCE_S):
            await editor.registered.get()
    assert "Traceback" not in caplog.text
