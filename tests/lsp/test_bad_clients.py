"""Clients that lie, hurry or forget: one reply each, no crash, no foreign text."""

import asyncio

import pytest
from editor import METHOD, PATIENCE_S, Refused, answer, completion_params, edited_here
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

URI, OTHER = "file:///w/a.txt", "file:///w/b.txt"
INVALID, INTERNAL = -32602, -32603


@pytest.fixture
async def seat(engine, caplog):
    """An editor and its server; nothing crashes."""
    async with edited_here() as (editor, server):
        await editor.initialize(engineSocket=str(engine.path))
        yield editor, server
        assert {len(found) for found in editor.replies.values()} == {1}
    assert "Traceback" not in caplog.text


@pytest.fixture
def editor(seat):
    return seat[0]


def texts(reply):
    return [item["insertText"] for item in reply["items"]]


@pytest.mark.parametrize("versions", [(2, 1, 0), (7, 7, 7), (-5, 2**31 - 1, 3)])
async def test_versions_that_are_lies(editor, versions):
    """Edits dropped or applied out of order, for a number that says nothing."""
    editor.open(URI, "a", version=4)
    for version, key in zip(versions, "bcd", strict=True):
        editor.change(URI, 0, 1, key, version=version)
    found = await editor.ask("diffgem/document", textDocument={"uri": URI})
    assert found == {"version": versions[-1], "text": "adcb"}
    assert texts(await editor.complete(URI, 0, 4)) == ["ADCB"]


async def test_a_version_of_the_future_in_a_request_is_not_believed(editor):
    """Text for a document that nobody has."""
    editor.open(URI, "ab")
    params = completion_params(URI, 0, 2)
    params["textDocument"]["version"] = 99
    assert texts(await answer(editor.begin(METHOD, params)[1])) == ["AB"]


async def test_a_cancel_of_what_is_finished_or_never_was(editor):
    """A second reply to a request that has its own, or the end of the session."""
    editor.open(URI, "ab")
    assert texts(await editor.complete(URI, 0, 2)) == ["AB"]
    for number in (1, 2, 999, "no such id", None, -1, 1.5, [], {}):
        editor.notify("$/cancelRequest", id=number)
    assert texts(await editor.complete(URI, 0, 1)) == ["A"]


NO_PLACES = [
    *((0, -1), (-1, 0), (0, 2**31), (2**31 - 1, 0), (2, 0), (10**30, 10**30)),
    *((None, 0), ([], {}), ("x", 0), (0, {})),
]


async def test_a_place_that_is_none(editor):
    """Text at a place that was made up; or no answer at all."""
    editor.open(URI, "ab")
    for place in (*NO_PLACES, (1, 0), (True, 0)):
        with pytest.raises(Refused) as refused:
            await editor.complete(URI, *place)
        assert refused.value.code == INVALID
    assert texts(await editor.complete(URI, 0, 1)) == ["A"]


async def test_a_change_at_a_place_that_is_none(editor):
    """A text that is half edited: it is what the editor has, or it is given up."""
    for place in NO_PLACES:
        editor.open(URI, "ab")
        editor.change(URI, *place, "x")
        with pytest.raises(Refused, match="was lost"):
            await editor.ask("diffgem/document", textDocument={"uri": URI})
        assert await editor.complete(URI, 0, 1) == {"items": []}
    editor.open(URI, "cd")
    assert texts(await editor.complete(URI, 0, 2)) == ["CD"]


async def test_a_change_past_an_end_is_at_the_end(editor):
    """LSP: a column past the end is the end of the line; and so is one line more the text's."""
    for place in ((0, 3), (0, 2**31 - 1), (1, 0), (1, 9)):
        editor.open(URI, "ab")
        editor.change(URI, *place, "x")
        found = await editor.ask("diffgem/document", textDocument={"uri": URI})
        assert found["text"] == "abx"


async def test_a_place_inside_of_a_character(editor):
    """Half of a surrogate pair before the cursor: the text was cut there."""
    editor.open(URI, "a🍰b")
    (item,) = (await editor.complete(URI, 0, 2))["items"]
    assert item["insertText"] == "A"
    assert item["range"]["start"] == {"line": 0, "character": 1}


async def test_files_that_close_while_they_are_asked_about(editor, engine):
    """Text for a buffer that is gone, in another that has its name."""
    editor.open(URI, "hang")
    _, first = editor.begin_completion(URI, 0, 4)
    await engine.backend.started.get()
    editor.notify("textDocument/didClose", textDocument={"uri": URI})
    editor.open(URI, "ab")
    assert texts(await editor.complete(URI, 0, 2)) == ["AB"]
    assert await answer(first) is None


async def test_two_requests_with_one_id(seat, engine):
    """One of them never heard anything, or both heard the same."""
    editor, _ = seat
    editor.open(URI, "wait")
    editor.open(OTHER, "ab")
    editor.send(id=77, method=METHOD, params=completion_params(URI, 0, 4))
    await engine.backend.started.get()
    editor.send(id=77, method=METHOD, params=completion_params(OTHER, 0, 2))
    await engine.backend.started.get()
    engine.backend.release.set()
    async with asyncio.timeout(PATIENCE_S):
        while len(editor.replies[77]) < 2:  # noqa: ASYNC110 - an editor waits for one of an id
            await asyncio.sleep(0)
    await editor.ask("diffgem/document", textDocument={"uri": URI})
    found = editor.replies.pop(77)
    assert sorted(texts(each["result"]) for each in found) == [["AB"], ["WAIT"]]


@pytest.mark.parametrize("change", [
    {"added": [], "removed": [{"uri": "file:///w", "name": "w"}]},
    {"added": [{"uri": "file:///v", "name": "v"}], "removed": [{"uri": "file:///w", "name": "w"}]},
    {"added": [{"uri": "file:///w", "name": "w"}], "removed": []},
    {"added": [], "removed": [{"uri": "file:///never", "name": "was"}]},
    {"added": 3}, {}, None,
])  # fmt: skip
async def test_folders_that_come_and_go(editor, engine, change):
    """The session ended with a KeyError, or the request in flight had no answer."""
    editor.open(URI, "wait")
    _, reply = editor.begin_completion(URI, 0, 4)
    await engine.backend.started.get()
    editor.notify("workspace/didChangeWorkspaceFolders", event=change)
    engine.backend.release.set()
    assert texts(await answer(reply)) == ["WAIT"]


NO_COMMANDS = [
    *({"command": "no.such"}, {"command": 3}, {}, [], None),
    *({"command": "diffgem.accepted", "arguments": 3}, {"arguments": []}),
]


async def test_commands_that_are_none(editor):
    """An unknown command was an internal error with a traceback, or had no answer."""
    for params in NO_COMMANDS:
        with pytest.raises(Refused) as refused:
            await answer(editor.begin("workspace/executeCommand", params)[1])
        assert refused.value.code != INTERNAL


@pytest.mark.parametrize("command", ["diffgem.accepted", "diffgem.retryEngine"])
async def test_commands_with_any_arguments(editor, command):
    """Who presses Tab met an error, for what a client had put into a command."""
    for arguments in ([], [3, 4], [{"a": [None]}] * 50, [None], [URI, 3]):
        await editor.ask("workspace/executeCommand", command=command, arguments=arguments)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["textDocument", "uri", "position", "version", "item", "command", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(JUNK)
async def test_any_parameters_of_any_method(params):
    """A method of ours that had no answer to what it did not expect, or ended the session."""
    async with edited_here() as (editor, server):
        await editor.initialize(engineSocket="/nowhere/s", engineCommand=["/nowhere/e"])
        methods = [*server.protocol.fm.features, "no/such", "$/no/such"]
        asked = [name for name in methods if name not in ("shutdown", "initialize", "exit")]
        waiting = [editor.begin(name, params)[1] for name in asked if not is_told(name)]
        for name in asked:
            editor.send(method=name, params=params)
        for reply in waiting:
            await answer_or_refusal(reply)
        editor.open(URI, "ab")
        found = await editor.ask("diffgem/document", textDocument={"uri": URI})
        assert found == {"version": 1, "text": "ab"}
        assert {len(found) for found in editor.replies.values()} == {1}


def is_told(method):
    """Notifications have no answer."""
    return method == "initialized" or "/did" in method or method.startswith("$/")


async def answer_or_refusal(reply):
    message = await reply
    assert message.get("error", {}).get("code") != INTERNAL, message
