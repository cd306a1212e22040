"""The state that a status bar shows, from the facts; and when the client is told of it."""

import asyncio

import pytest
from attrs import evolve
from editor import edited_here
from fakes import FakeBackend, ask, greeted_client, say, short_folder
from running import serving

from diffgem_lsp.engine import client as engine_client
from diffgem_lsp.engine.client import EngineState
from diffgem_lsp.engine.outlook import Outlook
from diffgem_lsp.engine.timing import Timing
from diffgem_lsp.features.status import CHANGED, COPILOT_CHANGED
from diffgem_lsp.options import Options
from diffgem_lsp.status.board import LATEST_S, SETTLED_S, StatusBoard
from diffgem_lsp.status.facts import Facts, status_of

URI = "file:///a.txt"
READY = Facts(engine="ready", message="small")
EVERYTHING = evolve(READY, active=2, off_here="too large", quiet="too unsure", uri=URI)

TABLE = [
    # what is so, the state, and what Copilot's clients draw
    (Facts(), "starting", "the engine starts", (True, "Normal")),
    (
        Facts(engine="starting", outlook=Outlook("reading the weights", 0.42)),
        "starting",
        "the engine starts: reading the weights, 42%",
        (True, "Normal"),
    ),
    (
        Facts(engine="starting", outlook=Outlook(retry_in_s=3.2)),
        "starting",
        "the engine starts: the next attempt in 4 s",
        (True, "Normal"),
    ),
    (
        Facts(engine="lost", message="the engine is gone", outlook=Outlook(retry_in_s=1.0)),
        "lost",
        "the engine is gone: the next attempt in 1 s",
        (False, "Warning"),
    ),
    (
        Facts(engine="lost", message="the engine is gone", outlook=Outlook("starting")),
        "lost",
        "the engine is gone: starting",
        (False, "Warning"),
    ),
    (Facts(engine="failed", message="run this"), "failed", "run this", (False, "Error")),
    (Facts(engine="closed"), "off", "ended", (False, "Inactive")),
    (READY, "idle", "ready", (False, "Normal")),
    (evolve(READY, by_hand=True), "idle", "ready when asked", (False, "Normal")),
    (evolve(READY, quiet="unsure"), "quiet", "nothing shown: unsure", (False, "Normal")),
    (evolve(READY, quiet="unsure", active=1), "busy", "filling", (True, "Normal")),
    (evolve(READY, active=2, ahead=3), "busy", "3 ahead of you", (True, "Normal")),
    (evolve(READY, ahead=3), "idle", "ready", (False, "Normal")),
    (EVERYTHING, "off", "off here: too large", (False, "Inactive")),
    (evolve(EVERYTHING, engine="failed", message="no"), "failed", "no", (False, "Error")),
    (evolve(EVERYTHING, enabled=False), "off", "switched off", (False, "Inactive")),
]


@pytest.mark.parametrize(("facts", "state", "message", "drawn"), TABLE)
def test_the_state_that_follows(facts, state, message, drawn):
    """A bar that said ready over a dead engine, or busy over a file that is left alone."""
    status = status_of(facts)
    assert (status.state, status.message) == (state, message)
    busy, kind = drawn
    assert status.copilot() == {"busy": busy, "kind": kind, "message": message}


def test_every_state_of_the_engine_is_known():
    """A new one that the bar calls ready."""
    states = {status_of(Facts(engine=each.value)).state for each in EngineState}
    assert states == {"starting", "idle", "lost", "failed", "off"}


def test_what_goes_over_the_wire():
    """Names in two cases, and nulls that every client must look out for."""
    lost = Facts(engine="lost", message="gone", outlook=Outlook("s", 0.5, 2.0))
    assert status_of(lost).wire() == {
        "state": "lost",
        "message": "gone: the next attempt in 2 s",
        "progress": 0.5,
        "retryInS": 2.0,
    }
    assert status_of(evolve(READY, quiet="unsure", uri=URI, latency_ms=139.4)).wire() == {
        "state": "quiet",
        "message": "nothing shown: unsure",
        "reason": "unsure",
        "uri": URI,
        "model": "small",
        "latencyMs": 139,
    }


class Clock:
    """Time passes when the test says so."""

    def __init__(self):
        self.now, self.calls = 0.0, []

    def time(self):
        return self.now

    def call_later(self, delay, call):
        self.calls.append((self.now + delay, call))

    def pass_by(self, seconds):
        until = self.now + seconds
        while due := sorted((each for each in self.calls if each[0] <= until), key=lambda c: c[0]):
            self.calls.remove(due[0])
            self.now = due[0][0]
            due[0][1]()
        self.now = until


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def told():
    return []


@pytest.fixture
def board(clock, told):
    board = StatusBoard(lambda status: told.append(status.state), lambda: clock)
    board.engine("ready", "small")
    clock.pass_by(1)
    assert told == ["idle"]
    return board


def test_one_request_is_busy_and_then_idle(board, clock, told):
    """A bar that stayed busy."""
    board.active(1)
    clock.pass_by(1)
    board.active(0)
    board.answered(URI, "", 120.0)
    clock.pass_by(1)
    assert told == ["idle", "busy", "idle"]


def test_what_passes_at_once_is_not_told(board, clock, told):
    """The bar flickered at every key of a text that was in memory."""
    for _ in range(50):
        board.active(1)
        clock.pass_by(SETTLED_S / 3)
        board.active(0)
        board.answered(URI, "")
        clock.pass_by(1)
    assert told == ["idle"]


def test_keys_without_end_are_no_flood_and_no_silence(board, clock, told):
    """One message at every key; or none for as long as somebody types."""
    for _ in range(1000):
        board.active(1)
        clock.pass_by(SETTLED_S / 2)
        board.active(0)
        clock.pass_by(SETTLED_S / 3)
    assert 2 <= len(told) <= 2 + clock.now / LATEST_S
    clock.pass_by(1)
    assert told[-1] == "idle"


def test_why_nothing_came_goes_with_the_document(board, clock, told):
    """The reason of one file stood over another."""
    board.answered(URI, "too unsure", 10.0)
    clock.pass_by(1)
    board.focus("file:///b.txt", "")
    clock.pass_by(1)
    board.focus("file:///c.env", "it may hold secrets")
    clock.pass_by(1)
    board.focus("file:///b.txt", "")
    clock.pass_by(1)
    assert told == ["idle", "quiet", "idle", "off", "idle"]


async def test_nothing_is_told_after_the_goodbye(board, clock, told):
    """A notification after the shutdown's reply, which editors complain of."""
    board.options(Options(enabled=False))
    await board.close()
    clock.pass_by(1)
    assert told == ["idle"]


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


def test_the_reason_of_other_settings_is_over(board, clock, told):
    """Switched on again, it said `nothing shown: off` until the next key."""
    board.options(Options(enabled=False))
    board.answered(URI, "off")
    clock.pass_by(1)
    board.options(Options())
    clock.pass_by(1)
    assert told == ["idle", "off", "idle"]


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
