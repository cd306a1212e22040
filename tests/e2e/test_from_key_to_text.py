"""A real editor's way through the real server and the real engine with the embedded model.

What the model says varies with its training: these tests hold whatever it says.
"""

import asyncio
import os
import signal

import pytest
from lsprotocol import types
from real import Buffer, client_of, health

URI = "file:///shop.py"
SOURCE = '''"""A shop — ☕ and 🍰."""


def total(prices, tax):
    result = 0
    for price in prices:
        result += price
    return result * (1 + tax)


class Basket:
    def __init__(self, owner):
        self.owner = owner
        self.prices = []

    def add(self, price):
        self.

    def total(self, tax=0.1):
        return total(self.prices, tax)
'''
LINES = ("    for price in prices:\n", "self.owner = ", '"""A shop ')


@pytest.fixture
async def client(box):
    async with client_of(box) as connected:
        yield connected


async def accepted(buffer, offset):
    """Complete there and take the first item, as Tab does; what was put in, or nothing."""
    before, after = buffer.text[:offset], buffer.text[offset:]
    reply = await buffer.complete(offset)
    assert isinstance(reply, types.InlineCompletionList)
    assert len(reply.items) <= 1
    if not reply.items:
        return ""
    (item,) = reply.items
    assert item.range.start == item.range.end == buffer.position(offset)
    assert list(item.command.arguments) == [URI, item.insert_text]
    assert item.insert_text.strip()
    buffer.insert(buffer.offset(item.range.start), item.insert_text)
    assert buffer.text == before + item.insert_text + after
    return item.insert_text


async def test_ghost_text_goes_in_at_the_cursor(client):
    """Text in the wrong place, or a text that server and editor see differently afterwards."""
    buffer = Buffer(client, URI, SOURCE)
    for line in LINES:
        await accepted(buffer, buffer.text.index(line) + len(line.rstrip("\n")))
        assert await buffer.as_served() == (buffer.version, buffer.text)
    assert client.messages == []


async def test_typing(client):
    """A key and a request, over and over: each gets its own answer, for its own text."""
    buffer = Buffer(client, URI, SOURCE.replace("\n", "\r\n"))
    at = buffer.text.index("        self.\r\n") + len("        self.")
    for key in "pri":
        buffer.insert(at, key)
        at += 1
        text = await accepted(buffer, at)
        at += len(text)
        assert "\n" not in text.replace("\r\n", "")
    assert await buffer.as_served() == (buffer.version, buffer.text)
    assert client.messages == []


async def test_a_burst_of_keys_leaves_one_answer(client, box):
    """Requests piled up in the engine, and old ones were answered after new ones."""
    buffer = Buffer(client, URI, SOURCE)
    at = SOURCE.index("        self.\n") + len("        self.")
    requests = []
    for key in "prices":
        buffer.insert(at, key)
        at += 1
        requests.append(asyncio.ensure_future(buffer.complete(at)))
    *older, newest = await asyncio.gather(*requests)
    assert older == [None] * 5
    assert isinstance(newest, types.InlineCompletionList)
    while (await health(box))["active_requests"]:
        pass


async def test_an_engine_killed_at_work_costs_one_reply(box):
    """The request in flight was never answered, and no engine came back."""
    async with client_of(box) as client:
        buffer = Buffer(client, URI, SOURCE)
        at = SOURCE.index("    for price in prices:\n") + len("    for price in prices:\n")
        buffer.insert(at, "        \n")
        pid, reply, at = await stopped_at_work(box, buffer, at + 8)
        os.kill(pid, signal.SIGKILL)
        assert not (await reply).items
        assert isinstance(await buffer.complete(at), types.InlineCompletionList)
        assert (await health(box))["pid"] != pid
        assert client.messages == []


async def stopped_at_work(box, buffer, offset):
    """The engine stands still amid a request: its process, the reply to wait for, the cursor.

    It may be faster than us: then another key makes another request, for what was shown is not
    asked again.
    """
    await buffer.complete(0)
    for key in "a_name_that_nobody_would_propose" * 8:
        buffer.insert(offset, key)
        offset += 1
        reply = asyncio.ensure_future(buffer.complete(offset))
        while not (now := await health(box))["active_requests"] and not reply.done():
            pass
        os.kill(now["pid"], signal.SIGSTOP)
        await buffer.as_served()  # what the engine had sent before is through by now
        if not reply.done():
            return now["pid"], reply, offset
        os.kill(now["pid"], signal.SIGCONT)
    pytest.fail("the engine was never seen at work")


async def test_two_editors_share_the_engine(client, box):
    """Each window loaded a model of its own."""
    first = Buffer(client, URI, SOURCE)
    async with client_of(box) as other:
        second = Buffer(other, URI, SOURCE)
        at = SOURCE.index("self.owner = ") + len("self.owner = ")
        replies = await asyncio.gather(first.complete(at), second.complete(at))
        assert replies[0] == replies[1]
        assert len(box.engines()) == 1
