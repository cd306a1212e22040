"""What holds of the language server as a whole, whatever it is asked."""

import ast
import ipaddress
import socket
import sys
from pathlib import Path

import pytest
from editor import edited_here
from running import serving
from sources import SOURCES

import diffgem_lsp
from diffgem_engine.protocol import PROTOCOL_VERSION, Candidate, Result, Welcome
from diffgem_lsp.inline.completion import Memory, complete
from diffgem_lsp.options import Options
from diffgem_lsp.snapshots import Snapshot

COMMENTS = {"python": "# {}\n", "javascript": "// {}\n", "go": "// {}\n", "css": "/* {} */\n"}
PLAIN, WIDE = "abcdef " * 40, "é😀→ßa\u0301 " * 40  # as many code points
KEPT = 40  # characters at the cursor's ends, to compare what the model sees


class Echo:
    """An engine that proposes a little of everything; notes what it was asked."""

    def __init__(self):
        self.asked = []

    async def ready(self):
        return Welcome(PROTOCOL_VERSION, "0", "echo", "cpu", "float32", 256, 200, 512)

    async def infill(self, prefix, suffix, canvas, **_):
        self.asked.append((len(prefix), prefix[-KEPT:], suffix[:KEPT], len(suffix), canvas))
        return Result(1, (Candidate(("foo(1)\nbar)\n",), 0.5),), 5, 1, 1, 0.0, 0.0, 0.0)


async def all_of_it(source, language, offset):
    engine = Echo()
    snapshot = Snapshot.of(source, offset, language, "a")
    return await complete(snapshot, engine, Options(), Memory()), engine.asked


@pytest.mark.parametrize("language", sorted(COMMENTS))
async def test_offsets_are_code_points(language):
    """After the first é everything was off by one: holes, contexts, filters."""
    narrow, wide = (COMMENTS[language].format(text) for text in (PLAIN, WIDE))
    assert len(narrow) == len(wide)
    source = SOURCES[language] * 3
    for offset in range(0, len(source), max(1, len(source) // 25)):
        place = len(wide) + offset
        found = [await all_of_it(head + source, language, place) for head in (narrow, wide)]
        assert found[0][0] == found[1][0]
        ((first,), (second,)) = (asked for _, asked in found)
        assert first[2:] == second[2:]
        assert first[0] == second[0]
        assert last(first[1], offset) == last(second[1], offset)


def last(text, count):
    return text[max(0, len(text) - count) :]


def test_bytes_stay_where_the_tree_is():
    """A byte offset that got out was taken for one of code points."""
    users = {
        file.stem
        for file in Path(diffgem_lsp.__file__).parent.rglob("*.py")
        if names(file) & {"start_byte", "end_byte", "start_point"}
    }
    assert users == {"binding", "blocks", "declarations", "nodes", "places", "scopes", "trees"}


def names(file):
    tree = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return {node.attr for node in tree if isinstance(node, ast.Attribute)}


class Calls:
    """Notes where connections go; Python keeps an audit hook for ever, so there is one."""

    def __init__(self):
        self.places = None
        sys.addaudithook(self._hear)

    def _hear(self, event, arguments):
        if self.places is None:
            return
        if event in ("socket.connect", "socket.sendto", "socket.bind"):
            self.places.append(arguments[1])
        elif event in ("socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
            self.places.append((arguments[0], None))


CALLS = Calls()


@pytest.fixture
def places():
    CALLS.places = []
    yield CALLS.places
    CALLS.places = None


def stays_here(place):
    if not isinstance(place, tuple):
        return True  # a unix socket's path
    return place[0] == "localhost" or ipaddress.ip_address(place[0]).is_loopback


async def test_nothing_leaves_the_machine(places):
    """Code that is typed went to a service; or a start looked for a newer version."""
    async with serving() as engine, edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(engine.path))
        editor.open("file:///a.py", "ab", "python")
        reply = await editor.complete("file:///a.py", 0, 2)
        assert reply["items"]
        await editor.ask("shutdown")
    assert str(engine.path) in places
    assert all(map(stays_here, places))


def test_the_test_would_see_it(places):
    """A hook that hears nothing passes every test."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.connect(("192.0.2.1", 9))  # sends nothing
    assert not all(map(stays_here, places))
