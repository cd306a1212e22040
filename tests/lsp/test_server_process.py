"""The server as editors run it: a process on stdio, an engine process that it starts."""

import asyncio
import json
import os
import select
import signal
import socket
import subprocess

import psutil
import pytest
from editor import Refused, answer
from sandbox import SERVER, sandbox

URI = "file:///a.txt"
LARGE = 50_000_000
PATIENCE_S = 30


@pytest.fixture
def box():
    with sandbox() as made:
        yield made


def texts(reply):
    return [item["insertText"] for item in reply["items"]]


async def leave(editor, process):
    assert await editor.ask("shutdown") is None
    editor.send(method="exit")
    await process.wait()


async def test_the_flag_that_many_clients_give(box):
    """VS Code's client library starts a server on stdio with `--stdio`, which was refused."""
    async with box.edited("--stdio") as (editor, process):
        await leave(editor, process)
        assert process.returncode == 0


async def test_two_editors_share_an_engine_that_outlives_them(box):
    """Each window loaded a model of its own; closing one took the engine from the other."""
    async with box.edited() as (first, process), box.edited() as (second, _):
        for editor in (first, second):
            editor.open(URI, "ab")
        both = await asyncio.gather(first.complete(URI, 0, 2), second.complete(URI, 0, 2))
        assert [texts(reply) for reply in both] == [["AB"], ["AB"]]
        engine = await box.engine()
        await leave(first, process)
        assert process.returncode == 0
        assert texts(await second.complete(URI, 0, 1)) == ["A"]
    assert first.errors == ""
    assert box.engines() == [engine]
    assert psutil.Process(engine).status() != psutil.STATUS_ZOMBIE


async def test_an_engine_killed_at_work_costs_one_reply(box):
    """The request in flight was never answered, and the server never asked again."""
    gate = box.folder / "gate"
    os.mkfifo(gate)
    async with box.edited() as (editor, _):
        editor.open(URI, f"fifo:{gate}")
        editor.open("file:///b.txt", "ab")
        number, reply = editor.begin_completion(URI, 0, 999)
        opened = await asyncio.to_thread(os.open, gate, os.O_WRONLY)  # waits for the engine
        (engine,) = box.engines()
        os.kill(engine, signal.SIGKILL)
        os.close(opened)
        assert await answer(reply) == {"items": []}
        assert texts(await editor.complete("file:///b.txt", 0, 2)) == ["AB"]
        assert len(editor.replies[number]) == 1
        assert editor.shown.empty()
        (other,) = box.engines()
        assert other != engine


async def test_an_engine_that_cannot_start_is_said_once(box):
    """The reason stood in a log, or popped up at every key."""
    async with box.edited(engineCommand=["/no/such/engine"]) as (editor, process):
        editor.open(URI, "ab")
        assert "/no/such/engine" in await editor.message()
        assert await editor.complete(URI, 0, 2) == {"items": []}
        assert editor.shown.empty()
        editor.send(method="exit")
        await process.wait()
    assert process.returncode == 1  # LSP: exit without shutdown


@pytest.fixture
def interrupts():
    """A shell ignores them for what it runs in the background, and so do that's children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
async def test_an_interrupt_ends_it(box):
    """It waited for the thread that reads what nobody will write, and crashed at the next one."""
    async with box.edited() as (editor, process):
        editor.open(URI, "ab")
        await editor.complete(URI, 0, 2)
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(20):
            assert await process.wait() == 130
    assert "Fatal" not in editor.errors


async def test_bad_input_and_an_end_without_goodbye(box):
    """One bad message, or an editor that dies, left a server without use or without end."""
    async with box.edited() as (editor, process):
        for body in (b"{", b"[]", b"\xff", b'"x"', b"{}", b'{"jsonrpc": "2.0", "id": []}'):
            editor.send_raw(body)
        editor.notify("textDocument/didOpen", textDocument=3)
        editor.notify("no/such", a=1)
        with pytest.raises(Refused):
            await editor.ask("no/such")
        editor.open(URI, "a\0b" * 1000)
        assert await editor.complete(URI, 0, 2) == {"items": []}
        editor.open(URI, f"{'x' * 49}\n" * (LARGE // 50), "python")
        assert await editor.complete(URI, 5, 2) == {"items": []}
        editor.change(URI, 0, 0, "y")
        editor.open(URI, "fine")
        found = await editor.ask("diffgem/document", textDocument={"uri": URI})
        assert found == {"version": 1, "text": "fine"}
        assert editor.shown.empty()
    assert process.returncode == 1
    assert "Task was destroyed" not in editor.errors
    assert "Traceback" not in editor.errors


SESSION = (
    {"id": 1, "method": "initialize", "params": {"capabilities": {}}},
    {"id": 2, "method": "shutdown"},
    {"method": "exit"},
)


def session():
    bodies = [json.dumps({"jsonrpc": "2.0", **message}).encode() for message in SESSION]
    return b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies)


def test_messages_may_come_from_a_file(tmp_path):
    """asyncio reads pipes alone, and a recorded session could not be played back."""
    recorded = tmp_path / "session"
    recorded.write_bytes(session())
    with recorded.open("rb") as stdin:
        ended = subprocess.run(SERVER, stdin=stdin, capture_output=True, timeout=60, check=True)
    assert b'"id": 2' in ended.stdout
    assert ended.stderr == b""


@pytest.mark.parametrize(
    "junk", [b"x" * 200_000 + b"\r\n", b'Content-Length: 5\r\n\r\n{"a": "' + b"x" * 200_000 + b'"}']
)
def test_a_line_of_a_header_may_be_long(junk):
    """A miscounted body makes such a line, and the server ended at one of over 64 KiB."""
    given = junk + session()
    ended = subprocess.run(SERVER, input=given, capture_output=True, timeout=60, check=True)
    assert b'"id": 2' in ended.stdout


def test_who_starts_it_by_hand_is_told_what_it_waits_for():
    """It said nothing, and took what was typed for a broken message."""
    ours, theirs = os.openpty()
    words = (
        "diffgem-lsp waits for an editor on standard input; try `diffgem-lsp doctor`, or Ctrl-C\n"
    )
    with subprocess.Popen(SERVER, stdin=theirs, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert select.select([process.stderr], [], [], PATIENCE_S)[0]
            assert process.stderr.readline() == words
        finally:
            process.kill()
            os.close(ours)
            os.close(theirs)


def test_one_socket_both_ways_still_blocks_its_writer():
    """A client that is slow to read would have lost what does not fit the socket at once."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(SERVER, stdin=theirs, stdout=theirs)
        ours.settimeout(60)
        ours.sendall(session())
        heard = b""
        while b'"id": 2' not in heard:
            heard += ours.recv(65536)
        assert os.get_blocking(theirs.fileno())
        assert process.wait(60) == 0
