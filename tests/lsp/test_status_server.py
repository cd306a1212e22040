"""The status that a client is told by a whole server."""

import asyncio

from editor import edited_here
from fakes import FakeBackend, ask, greeted_client, say, short_folder
from running import serving

from diffgem_lsp.engine import client as engine_client
from diffgem_lsp.engine.timing import Timing
from diffgem_lsp.features.status import CHANGED, COPILOT_CHANGED

URI = "file:///a.txt"


async def news(editor, state):
    """The status with that state, when it comes."""
    async with asyncio.timeout(20):
        while True:
            message = await editor.told.get()
            if message["method"] == CHANGED and message["params"]["state"] == state:
                return message["params"]


async def test_from_the_start_to_the_reason_why_nothing_came():
    """The model answered and nothing was shown, and nobody knew why."""
    async with serving() as engine, edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(engine.path), minConfidence=0.9)
        model = engine.backend.welcome.model
        assert (await news(editor, "idle"))["model"] == model
        editor.open(URI, "wait")
        number, reply = editor.begin_completion(URI, 0, 4)
        await news(editor, "busy")
        engine.backend.release.set()
        quiet = await news(editor, "quiet")
        assert quiet["reason"].startswith("confidence 0.50 is too low")
        assert quiet["latencyMs"] >= 0
        assert reply.done()
        assert editor.heard[-2:] == [number, CHANGED]
        assert await editor.ask("diffgem/status") == quiet


async def test_what_a_filter_left_nothing_of_is_told_in_words():
    """`overlap with suffix`, said the status bar.  This engine repeats what is typed, louder."""
    async with serving() as engine, edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(engine.path))
        await news(editor, "idle")
        editor.open(URI, "- ab;- AB;")
        _, reply = editor.begin_completion(URI, 0, 5)
        assert (await reply)["result"]["items"] == []
        quiet = await news(editor, "quiet")
        assert quiet["reason"] == "the suggestion stands behind the cursor already"


async def test_where_nothing_is_completed():
    """Ghost text that never came in a file, and no word why."""
    async with serving() as engine, edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(engine.path))
        await news(editor, "idle")
        editor.open("file:///w/.env", "A=1")
        off = await news(editor, "off")
        assert (off["uri"], "secrets" in off["reason"]) == ("file:///w/.env", True)
        editor.open(URI, "ab")
        await news(editor, "idle")
        editor.change("file:///w/.env", 0, 0, "x")
        await news(editor, "off")


async def test_settings_that_switch_the_file_off_and_on_again():
    """The old status stayed until somebody asked again, both ways."""
    async with serving() as engine, edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(engine.path))
        editor.open(URI, "ab", "python")
        await news(editor, "idle")
        for languages, state in (({"python": False}, "off"), ({}, "idle")):
            wire = {"engineSocket": str(engine.path), "languages": languages}
            editor.notify("workspace/didChangeConfiguration", settings={"diffgem": wire})
            assert (await news(editor, state)).get("uri") == (URI if state == "off" else None)


async def test_an_engine_that_fails_and_settings_that_switch_off(monkeypatch):
    """What to do was in a pop-up that is gone; a server without an engine was called ready."""
    monkeypatch.setattr(engine_client, "Timing", lambda: Timing(attempts=1))
    async with edited_here() as (editor, _):
        await editor.initialize(engineSocket="tcp://127.0.0.1:1")
        assert "diffgem-engine serve" in (await news(editor, "failed"))["message"]
        editor.notify("workspace/didChangeConfiguration", settings={"diffgem": {"enabled": False}})
        assert (await news(editor, "off"))["message"] == "switched off"
        wrong = {"diffgem": {"engineSocket": "tcp://example.org:1"}}
        editor.notify("workspace/didChangeConfiguration", settings=wrong)
        assert "loopback" in (await news(editor, "failed"))["message"]


async def test_an_engine_that_is_lost_says_when_it_is_tried_again(monkeypatch):
    """A dead engine looked like a slow one."""
    monkeypatch.setattr(engine_client, "Timing", lambda: Timing(first=60.0, most=60.0, attempts=9))
    async with edited_here() as (editor, _):
        async with serving() as engine:
            await editor.initialize(
                engineSocket=str(engine.path), engineCommand=["/nowhere/engine"]
            )
            await news(editor, "idle")
        lost = await news(editor, "lost")
        assert 25 <= lost["retryInS"] <= 60
        assert lost["message"].startswith("the engine is gone: the next attempt in ")


async def test_only_copilots_clients_hear_copilots_words():
    """Emacs warns of every notification that it does not know."""
    with short_folder() as folder:
        nowhere = {"engineSocket": str(folder / "s"), "enabled": False}
        async with edited_here() as (editor, _):
            await editor.initialize(**nowhere)
            await news(editor, "off")
            assert COPILOT_CHANGED not in editor.heard
        async with edited_here() as (editor, _):
            await editor.initialize(**nowhere, editorInfo={"name": "x", "version": "1"})
            await news(editor, "off")
            copilots = await editor.told.get()
            drawn = {"busy": False, "kind": "Inactive", "message": "switched off"}
            assert copilots["params"] == drawn
            assert editor.shown.empty()


async def test_how_many_go_first():
    """Others' work in front of one's own looked like an engine that hangs."""
    backend = FakeBackend(most_at_once=1)
    async with (
        serving(backend=backend) as engine,
        greeted_client(engine.path) as others,
        edited_here() as (editor, _),
    ):
        await editor.initialize(engineSocket=str(engine.path))
        await news(editor, "idle")
        await say(others, *(ask(number, "wait") for number in range(1, 4)))
        await engine.backend.started.get()
        editor.open(URI, "ab")
        editor.begin_completion(URI, 0, 2)
        while "ahead" not in (told := await news(editor, "busy")):
            pass
        assert (told["message"], told["ahead"]) == (f"{told['ahead']} ahead of you", told["ahead"])
        assert 0 < told["ahead"] <= 2
        backend.release.set()
        assert "ahead" not in await news(editor, "idle")
