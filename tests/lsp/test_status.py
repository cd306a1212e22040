"""The state that a status bar shows, from the facts; and when the client is told of it."""

import pytest
from attrs import evolve

from diffgem_lsp.engine.client import EngineState
from diffgem_lsp.engine.outlook import Outlook
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


def test_the_reason_of_other_settings_is_over(board, clock, told):
    """Switched on again, it said `nothing shown: off` until the next key."""
    board.options(Options(enabled=False))
    board.answered(URI, "off")
    clock.pass_by(1)
    board.options(Options())
    clock.pass_by(1)
    assert told == ["idle", "off", "idle"]
