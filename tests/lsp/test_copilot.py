"""The companions of Copilot's protocol, as they go over the wire."""

import json

import pytest
from editor import Refused, edited_here
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running import serving

from diffgem_lsp.features.copilot import PANEL
from diffgem_lsp.features.inline import ACCEPTED

URI = "file:///a.txt"
INVALID_PARAMS = -32602
PARTLY = "textDocument/didPartiallyAcceptCompletion"
NOTIFICATIONS = (
    "textDocument/didFocus",
    "textDocument/didShowCompletion",
    "textDocument/didShowInlineEdit",
    PARTLY,
)


@pytest.fixture
async def session():
    async with serving() as running, edited_here() as (editor, server):
        await editor.initialize(engineSocket=str(running.path))
        editor.open(URI, "ab\n")
        yield editor, server


@pytest.fixture
async def editor(session):
    return session[0]


async def test_nobody_has_to_sign_in(editor):
    """Clients that ask first asked for a code, or never began."""
    assert await editor.ask("checkStatus") == {"status": "OK", "user": "diffgem"}
    assert await editor.ask("signIn") == {"status": "AlreadySignedIn", "user": "diffgem"}
    assert await editor.ask("signOut") == {"status": "NotSignedIn"}


async def test_the_panel(editor):
    reply = await editor.ask(PANEL, **params())
    here = {"line": 0, "character": 2}
    assert reply == {
        "items": [
            {
                "insertText": "AB",
                "range": {"start": here, "end": here},
                "command": {"title": "Accepted", "command": ACCEPTED, "arguments": [URI, "AB"]},
            }
        ]
    }


async def test_the_panel_piece_by_piece(session):
    """With a token all items come as progress, and the reply has none of them again."""
    editor, server = session
    pieces = Pieces(server.protocol.writer)
    server.protocol.set_writer(pieces)
    assert await editor.ask(PANEL, **params(partialResultToken="t1")) == {"items": []}
    (progress,) = pieces.heard
    assert progress["token"] == "t1"
    assert [item["insertText"] for item in progress["value"]["items"]] == ["AB"]


async def test_the_panel_of_another_version(editor):
    document = {"uri": URI, "version": 7}
    assert await editor.ask(PANEL, **params(textDocument=document)) == {"items": []}


@pytest.mark.parametrize(
    "wrong",
    [
        {"partialResultToken": [1]},
        {"position": {"line": 9, "character": 0}},
        {"position": 3},
        {"textDocument": {"uri": "file:///none"}},
        {"textDocument": None},
    ],
)
async def test_params_that_make_no_sense(editor, wrong):
    with pytest.raises(Refused) as refused:
        await editor.ask(PANEL, **params(**wrong))
    assert refused.value.code == INVALID_PARAMS


@pytest.mark.parametrize(
    ("text", "whole", "length", "expected"),
    [
        ("abc", "abc", 2, 2),
        ("a😀c", "a😀c", 3, 2),  # in utf-16 it is two units
        ("a😀c", "a😀c", 2, 1),  # half of a character is none
        ("bc", "abc", 2, 1),  # the item extends what the menu had selected
        ("abc", "abc", 99, 3),
        ("abc", "abc", 0, None),
        ("bc", "abc", 1, None),
    ],
)
async def test_a_part_is_taken(session, text, whole, length, expected):
    """The length is of UTF-16 units, from the start of the item."""
    editor, server = session
    heard = []
    server.on_partly.append(lambda *told: heard.append(told))
    command = {"command": ACCEPTED, "arguments": [URI, text]}
    item = {"insertText": whole, "command": command}
    editor.notify(PARTLY, item=item, acceptedLength=length)
    await editor.ask("checkStatus")
    assert heard == ([] if expected is None else [(URI, text, expected)])


async def test_the_focus(session):
    """Some clients name the document in another place, and some say that there is none."""
    editor, server = session
    heard = []
    server.on_focus.append(heard.append)
    editor.notify("textDocument/didFocus", textDocument={"uri": URI})
    editor.notify("textDocument/didFocus", uri="file:///b")
    editor.notify("textDocument/didFocus")
    await editor.ask("checkStatus")
    assert heard == [URI, "file:///b"]
    assert server.status.uri == "file:///b"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**70) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["item", "command", "arguments", "acceptedLength", "uri", "insertText"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(NOTIFICATIONS), VALUES)
async def test_notifications_of_any_shape(session, method, value):
    """One that made no sense popped up on the user's screen."""
    editor, _ = session
    editor.send(method=method, params=value)
    assert (await editor.ask("checkStatus"))["status"] == "OK"
    assert editor.shown.empty()


class Pieces:
    """What the server writes goes on to `writer`; of it the progress is kept."""

    def __init__(self, writer):
        self._writer = writer
        self.heard = []

    def write(self, data):
        message = json.loads(data.partition(b"\r\n\r\n")[2])
        if message.get("method") == "$/progress":
            self.heard.append(message["params"])
        self._writer.write(data)

    def close(self):
        self._writer.close()


def params(**more):
    place = {"line": 0, "character": 2}
    return {"textDocument": {"uri": URI, "version": 1}, "position": place, **more}
