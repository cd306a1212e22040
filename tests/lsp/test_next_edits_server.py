"""`textDocument/copilotInlineEdit`, as it goes over the wire."""

import asyncio

import pytest
from editor import PATIENCE_S, Refused, answer, edited_here
from fakes import FakeBackend
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running import serving

from diffgem_lsp.features.inline import ACCEPTED
from diffgem_lsp.features.next_edits import INLINE_EDIT
from diffgem_lsp.next_edits.history import FRESH

URI = "file:///a.py"
INVALID_PARAMS, CANCELLED = -32602, -32800
SOURCE = "def f(total):\n    x = total\n    return total\n"
HERE = {"line": 0, "character": 0}
BEFORE_A_SLIP = 14 * "+ value " + "+ value+"  # all that is judged along of a long line


@pytest.fixture
async def session(engine):
    async with edited_here() as (editor, server):
        await editor.initialize(engineSocket=str(engine.path))
        yield editor, server


@pytest.fixture
async def editor(session):
    return session[0]


async def test_a_rename_that_is_half_done(editor):
    """The shape that clients of Copilot's protocol read; each edit is of use alone."""
    renamed(editor)
    assert await editor.ask(INLINE_EDIT, **params()) == {
        "edits": [edit(1, 8, 13), edit(2, 11, 16)],
    }


async def test_nothing_was_edited(editor):
    editor.open(URI, SOURCE, "python")
    assert await editor.ask(INLINE_EDIT, **params(version=1)) == {"edits": []}


async def test_another_version_than_ours(editor):
    """Edits landed in a document that had moved on."""
    renamed(editor)
    assert await editor.ask(INLINE_EDIT, **params(version=1)) == {"edits": []}
    assert len((await editor.ask(INLINE_EDIT, **params(version=None)))["edits"]) == 2


async def test_the_version_comes_back_as_it_is_known(editor):
    """sidekick drops edits of any other version."""
    renamed(editor, version=-7)
    (first, _) = (await editor.ask(INLINE_EDIT, **params(version=-7)))["edits"]
    assert first["textDocument"] == {"uri": URI, "version": -7}


async def test_off(engine):
    async with edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(engine.path), nextEdits=False)
        renamed(editor)
        assert await editor.ask(INLINE_EDIT, **params()) == {"edits": []}


async def test_a_file_that_no_engine_may_see(editor):
    editor.open("file:///.env", SOURCE, "python")
    editor.change("file:///.env", 0, 11, "s")
    assert await editor.ask(INLINE_EDIT, **params(uri="file:///.env")) == {"edits": []}


async def test_what_is_offered_is_told(session):
    """Acceptance could not be counted."""
    editor, server = session
    heard = []
    server.on_next_edits.append(lambda now, found: heard.append((now.uri, len(found))))
    renamed(editor)
    await editor.ask(INLINE_EDIT, **params())
    assert heard == [(URI, 2)]


async def test_an_offer_and_its_acceptance_are_counted(session):
    editor, server = session
    events = []
    server.acceptance.keep = events.append
    renamed(editor)
    (first, _) = (await editor.ask(INLINE_EDIT, **params()))["edits"]
    replace(editor, 1, 8, 13, first["text"], 3)
    await editor.ask("workspace/executeCommand", **command(first))
    shown, other, *fates = events
    assert (shown.kind, shown.origin, shown.characters) == ("next edit", "rename", 5)
    assert {fate.id for fate in fates if fate.what == "accepted"} == {shown.id}
    assert other.id != shown.id


async def test_all_that_a_client_may_do_with_an_edit(editor):
    """The rest of a chain: after one edit is taken, the other one is still right."""
    renamed(editor)
    (first, _) = (await editor.ask(INLINE_EDIT, **params()))["edits"]
    assert await editor.ask("workspace/executeCommand", **command(first)) is None
    change = {"range": first["range"], "text": first["text"]}
    document = {"uri": URI, "version": 3}
    editor.notify("textDocument/didChange", textDocument=document, contentChanges=[change])
    assert await editor.ask(INLINE_EDIT, **params(version=3)) == {
        "edits": [edit(2, 11, 16, version=3)]
    }


async def test_the_engine_is_asked_in_the_background():
    """A suggestion that nobody asked for by hand must not delay one that somebody waits for."""
    backend = Noting()
    async with serving(backend=backend) as running, edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(running.path))
        slipped(editor, "x")
        for kind, priority in ((2, "background"), (1, "interactive")):
            backend.priorities.clear()
            await editor.ask(INLINE_EDIT, **params(context={"triggerKind": kind}))
            assert set(backend.priorities) == {priority}


async def test_a_newer_request_answers_the_older_one(editor, engine):
    """Never null: clients of Copilot's protocol index the edits."""
    slipped(editor, "hang")
    number, older = editor.begin(INLINE_EDIT, params())
    await engine.backend.started.get()
    _, newer = editor.begin(INLINE_EDIT, params())
    assert await answer(older) == {"edits": []}
    await engine.backend.started.get()
    editor.change(URI, 0, 0, "x", version=3)
    assert await answer(newer) == {"edits": []}
    assert len(editor.replies[number]) == 1


async def test_the_client_cancels(editor, engine):
    slipped(editor, "hang")
    number, reply = editor.begin(INLINE_EDIT, params())
    await engine.backend.started.get()
    editor.notify("$/cancelRequest", id=number)
    with pytest.raises(Refused) as refused:
        await answer(reply)
    assert refused.value.code == CANCELLED
    assert await engine.backend.cancelled.get()
    assert len(editor.replies[number]) == 1


async def test_an_engine_that_fails_is_no_error(editor):
    slipped(editor, "boom")
    assert await editor.ask(INLINE_EDIT, **params()) == {"edits": []}
    assert editor.shown.empty()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"uri": "file:///none"}, "file:///none is not open"),
        ({"version": "2"}, "whole number"),
        ({"position": {"line": 99, "character": 0}}, "no line 99"),
        ({"position": {"line": -1, "character": 0}}, "position.line"),
        ({"position": {"line": True, "character": 0}}, "position.line"),
        ({"position": None}, "position.line"),
        ({"uri": 3}, "textDocument.uri"),
    ],
)
async def test_params_that_make_no_sense(editor, wrong, message):
    renamed(editor)
    with pytest.raises(Refused, match=message) as refused:
        await editor.ask(INLINE_EDIT, **params(**wrong))
    assert refused.value.code == INVALID_PARAMS


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["textDocument", "uri", "version", "position", "line", "class", "1"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(VALUES, min_size=1, max_size=5))
async def test_any_params_get_one_reply(session, values):
    """pygls answers nothing to what does not parse: the client waits for ever."""
    editor, _ = session
    begun = [editor.begin(INLINE_EDIT, value) for value in values]
    for number, reply in begun:
        async with asyncio.timeout(PATIENCE_S):
            message = await reply
        refused = message.get("error", {}).get("code")
        assert refused == INVALID_PARAMS or message["result"] == {"edits": []}
        assert len(editor.replies[number]) == 1


class Noting(FakeBackend):
    """It remembers how urgent requests were."""

    def __init__(self):
        super().__init__()
        self.priorities = []

    async def infill(self, request, on_progress):
        self.priorities.append(request.priority)
        return await super().infill(request, on_progress)


def renamed(editor, version=2):
    """Of the parameter, and not of its uses."""
    editor.open(URI, SOURCE, "python")
    replace(editor, 0, 6, 11, "price", version)


def slipped(editor, first):
    """A slip stands near the change; the engine does as it is told by what is before it."""
    editor.open(URI, f"{first}{BEFORE_A_SLIP}valeu\nx = 1\n", "python")
    replace(editor, 1, 4, 5, "2", 2)


def replace(editor, line, start, end, text, version):
    where = {
        "start": {"line": line, "character": start},
        "end": {"line": line, "character": end},
    }
    document = {"uri": URI, "version": version}
    changes = [{"range": where, "text": text}]
    editor.notify("textDocument/didChange", textDocument=document, contentChanges=changes)


def params(uri=URI, version=2, position=HERE, **more):
    return {"textDocument": {"uri": uri, "version": version}, "position": position, **more}


def edit(line, start, end, version=2, text="price"):
    return {
        "text": text,
        "range": {
            "start": {"line": line, "character": start},
            "end": {"line": line, "character": end},
        },
        "textDocument": {"uri": URI, "version": version},
        "command": {"title": "Accepted", "command": ACCEPTED, "arguments": [URI, text]},
    }


def command(found):
    return {key: found["command"][key] for key in ("command", "arguments")}


async def test_an_offer_that_is_left_alone_does_not_nag(editor):
    """142 keys of other code, and the same two edits offered at every one of them."""
    renamed(editor)
    assert (await editor.ask(INLINE_EDIT, **params()))["edits"]
    end = len(SOURCE.splitlines())
    for number in range(FRESH + 1):
        editor.change(URI, end, number, "x", version=3 + number)
    version = 3 + FRESH
    assert await editor.ask(INLINE_EDIT, **params(version=version)) == {"edits": []}
    by_hand = await editor.ask(INLINE_EDIT, **params(version=version), context={"triggerKind": 1})
    assert by_hand["edits"]


async def test_new_code_is_the_documents_once_it_is_saved(editor):
    """All that was typed since the start was one change, and locked: nothing was offered in it."""
    editor.open(URI, "", "python")
    for number, line in enumerate(SOURCE.splitlines(keepends=True)):
        editor.change(URI, number, 0, line, version=2 + number)
    editor.notify("textDocument/didSave", textDocument={"uri": URI})
    replace(editor, 0, 6, 11, "amount", 20)
    found = await editor.ask(INLINE_EDIT, **params(version=20))
    assert [each["text"] for each in found["edits"]] == ["amount", "amount"]
