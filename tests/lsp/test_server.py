"""What the server answers, against an engine in the same loop that does as it is told."""

import pytest
from editor import Refused, answer, completion_params, edited_here
from running import serving

from diffgem_lsp.engine import client as engine_client
from diffgem_lsp.engine.timing import Timing
from diffgem_lsp.features.engine import RETRY_ENGINE
from diffgem_lsp.features.explain import EXPLAIN
from diffgem_lsp.features.inline import ACCEPTED

URI = "file:///a.txt"
INVALID_PARAMS, CANCELLED = -32602, -32800


async def test_capabilities():
    """pygls' decorator alone advertises nothing for inline completion."""
    async with edited_here() as (editor, _):
        capabilities = await editor.initialize(enabled=False)
    assert capabilities["inlineCompletionProvider"] == {}
    assert {ACCEPTED, EXPLAIN, RETRY_ENGINE} <= set(
        capabilities["executeCommandProvider"]["commands"]
    )


async def test_items(editor):
    """A bare array, or items without range or command, are not drawn or not counted."""
    editor.open(URI, "ab\n")
    here = {"line": 0, "character": 2}
    assert await editor.complete(URI, 0, 2) == {
        "items": [
            {
                "insertText": "AB",
                "range": {"start": here, "end": here},
                "command": {"title": "Accepted", "command": ACCEPTED, "arguments": [URI, "AB"]},
            }
        ]
    }


async def test_nothing_to_show(editor):
    """null would leave the old ghost text on the screen."""
    editor.open(URI, "")
    assert await editor.complete(URI, 0, 0) == {"items": []}


async def test_a_newer_request_answers_null_to_the_older_one(editor, engine):
    """Neovim does not cancel its requests: the older one's text came late, over newer text."""
    editor.open(URI, "hang\n")
    older, reply = editor.begin_completion(URI, 0, 4)
    await engine.backend.started.get()
    assert await editor.complete(URI, 0, 2) == {"items": [item(0, 2, "HA")]}
    assert await answer(reply) is None
    await engine.backend.cancelled.get()
    assert len(editor.replies[older]) == 1


async def test_a_request_for_another_document_is_no_newer_one(editor, engine):
    """Two windows of one editor took each other's completions away."""
    editor.open(URI, "wait")
    editor.open("file:///b.txt", "ab")
    _, reply = editor.begin_completion(URI, 0, 4)
    await engine.backend.started.get()
    other = await editor.complete("file:///b.txt", 0, 2)
    assert other == {"items": [item(0, 2, "AB", "file:///b.txt")]}
    engine.backend.release.set()
    assert (await answer(reply))["items"][0]["insertText"] == "WAIT"


@pytest.mark.parametrize("change", ["didChange", "didClose", "didOpen"])
async def test_a_stale_result_answers_null(editor, engine, change):
    """Late text was shown in a document that had moved on."""
    editor.open(URI, "wait")
    _, reply = editor.begin_completion(URI, 0, 4)
    await engine.backend.started.get()
    if change == "didChange":
        editor.change(URI, 0, 0, "x")
    elif change == "didClose":
        editor.notify("textDocument/didClose", textDocument={"uri": URI})
    else:
        editor.open(URI, "other")
    engine.backend.release.set()
    assert await answer(reply) is None


async def test_a_change_gives_up_what_runs(editor, engine):
    """The engine went on denoising for a text that nobody could see any more."""
    editor.open(URI, "hang")
    _, reply = editor.begin_completion(URI, 0, 4)
    await engine.backend.started.get()
    editor.change(URI, 0, 0, "x")
    assert await answer(reply) is None
    await engine.backend.cancelled.get()


async def test_a_cancelled_request_answers_so_once(editor, engine):
    """The client's cancel was taken for a newer request and answered null, or not at all."""
    editor.open(URI, "hang")
    number, reply = editor.begin_completion(URI, 0, 4)
    await engine.backend.started.get()
    editor.notify("$/cancelRequest", id=number)
    with pytest.raises(Refused) as refused:
        await answer(reply)
    assert refused.value.code == CANCELLED
    await engine.backend.cancelled.get()
    assert await editor.complete(URI, 0, 2) == {"items": [item(0, 2, "HA")]}
    assert len(editor.replies[number]) == 1


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (completion_params("file:///none", 0, 0), "file:///none is not open"),
        (completion_params(URI, 2, 0), "no line 2 in a document of 2 lines"),
        (completion_params(URI, -1, 0), "position"),
        (completion_params(URI, 0, "x"), "position"),
        ({"textDocument": {"uri": URI}}, "position"),
        ([], "message"),
        (None, "message"),
        ("text", "message"),
    ],
)
async def test_params_that_make_no_sense(editor, params, message):
    """pygls answers nothing to what does not parse: the client waits for ever."""
    editor.open(URI, "a\nb")
    with pytest.raises(Refused, match=message) as refused:
        await answer(editor.begin("textDocument/inlineCompletion", params)[1])
    assert refused.value.code == INVALID_PARAMS
    assert editor.shown.empty()


async def test_a_column_past_the_end_is_the_end_of_the_line(editor):
    """As LSP says; an error there made the editor's log fill up while text was deleted."""
    editor.open(URI, "ab\n")
    assert await editor.complete(URI, 0, 999) == {"items": [item(0, 2, "AB")]}


@pytest.mark.parametrize(
    ("text", "reply"),
    [("boom", {"items": []}), ("refuse", {"items": []}), ("surrogate", {"items": []})],
)
async def test_an_engine_that_fails_shows_nothing(editor, text, reply):
    """An error from the engine popped up at every key."""
    editor.open(URI, text)
    assert await editor.complete(URI, 0, len(text)) == reply
    assert editor.shown.empty()


async def test_the_selected_entry_is_extended(editor):
    """VS Code does not draw an item that does not begin with what its menu has selected."""
    editor.open(URI, "x pr")
    span = {"start": {"line": 0, "character": 2}, "end": {"line": 0, "character": 4}}
    selected = {"range": span, "text": "print"}
    reply = await editor.complete(URI, 0, 4, selectedCompletionInfo=selected)
    (found,) = reply["items"]
    assert (found["insertText"], found["range"]) == ("printX PRINT", span)
    assert found["command"]["arguments"] == [URI, "X PRINT"]


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 8), ("utf-16", 5), ("utf-32", 4)])
async def test_columns_in_the_negotiated_encoding(engine, encoding, column):
    """After an emoji the completion stood one column off, or inside a character."""
    async with edited_here() as (editor, _):
        capabilities = await editor.initialize([encoding], engineSocket=str(engine.path))
        assert capabilities["positionEncoding"] == encoding
        editor.open(URI, "é😀ab\n")
        assert await editor.complete(URI, 0, column) == {"items": [item(0, column, "É😀AB")]}


async def test_typing_what_is_shown_does_not_ask_again(editor, engine):
    """Ghost text flickered at every key."""
    editor.open(URI, "ab")
    await editor.complete(URI, 0, 2)
    editor.change(URI, 0, 2, "A")
    assert await editor.complete(URI, 0, 3) == {"items": [item(0, 3, "B")]}
    assert engine.backend.started.qsize() == 1


async def test_the_document_as_the_server_has_it(editor):
    """Bug reports and tests compare it byte for byte."""
    text = "a\r\nb\rc\nd\fe\u2028\u0085\ud800 😀\n"
    editor.open(URI, text, version=7)
    found = await editor.ask("diffgem/document", textDocument={"uri": URI})
    assert found == {"version": 7, "text": text}


@pytest.mark.parametrize("params", [{}, {"textDocument": {"uri": "none"}}, {"textDocument": 3}])
async def test_a_document_that_is_not_there(editor, params):
    """A KeyError went to the user's screen."""
    with pytest.raises(Refused) as refused:
        await editor.ask("diffgem/document", **params)
    assert refused.value.code == INVALID_PARAMS


async def test_bad_options_are_one_message_and_the_defaults(engine):
    """A typing error in the settings left the user without completions, or with ten pop-ups."""
    async with edited_here() as (editor, server):
        await editor.initialize(
            engineSocket=str(engine.path), maxLines="many", steps=0, colour="red"
        )
        message = await editor.message()
        assert all(name in message for name in ("maxLines", "steps", "colour"))
        editor.open(URI, "ab")
        assert await editor.complete(URI, 0, 2) == {"items": [item(0, 2, "AB")]}
        assert editor.shown.empty()
        assert server.options.max_lines == 12


async def test_off(engine):
    """Whoever turned it off must not have an engine started."""
    async with edited_here() as (editor, _):
        await editor.initialize(enabled=False, engineSocket=str(engine.path))
        editor.open(URI, "ab")
        assert await editor.complete(URI, 0, 2) == {"items": []}
    assert engine.backend.started.empty()


async def test_an_engine_that_cannot_be_had_is_said_once(monkeypatch):
    """Completions stopped without a word; or with one at every key."""
    monkeypatch.setattr(engine_client, "Timing", lambda: Timing(attempts=1))
    async with edited_here() as (editor, _):
        await editor.initialize(engineSocket="tcp://127.0.0.1:1")
        editor.open(URI, "ab")
        _, first = editor.begin_completion(URI, 0, 2)
        message = await editor.message()
        assert "diffgem-engine serve" in message
        assert await answer(first) == {"items": []}
        assert await editor.complete(URI, 0, 1) == {"items": []}
        assert editor.shown.empty()


@pytest.mark.parametrize("socket", ["tcp://example.org:80", "/" + "x" * 200])
async def test_a_socket_that_cannot_be_used_is_said_once(socket):
    """The server died of it, or asked for completions that could never come."""
    async with edited_here() as (editor, _):
        await editor.initialize(engineSocket=socket)
        assert await editor.message()
        editor.open(URI, "ab")
        assert await editor.complete(URI, 0, 2) == {"items": []}
        assert editor.shown.empty()


async def test_the_commands(editor):
    """An acceptance command that fails shows an error each time that somebody presses Tab."""
    arguments = [URI, "text"]
    reply = await editor.ask("workspace/executeCommand", command=ACCEPTED, arguments=arguments)
    assert reply is None
    assert await editor.ask("workspace/executeCommand", command=RETRY_ENGINE) is None
    assert editor.shown.empty()


def item(line, character, text, uri=URI):
    here = {"line": line, "character": character}
    command = {"title": "Accepted", "command": ACCEPTED, "arguments": [uri, text]}
    return {"insertText": text, "range": {"start": here, "end": here}, "command": command}


def told(editor, engine, **settings):
    """With the engine, as settings replace all that was told before."""
    wire = {"diffgem": {"engineSocket": str(engine.path), **settings}}
    editor.notify("workspace/didChangeConfiguration", settings=wire)


async def test_settings_change_at_run_time(editor, engine):
    """Who switched it off in the settings had to restart the editor."""
    editor.open(URI, "ab\n")
    told(editor, engine, maxFileCharacters=1)
    assert await editor.complete(URI, 0, 2) == {"items": []}
    editor.notify("workspace/didChangeConfiguration", settings={"other": {"enabled": False}})
    assert await editor.complete(URI, 0, 2) == {"items": []}


async def test_a_bad_setting_at_run_time_is_told(editor, engine):
    told(editor, engine, seed="7")
    assert "option 'seed' should be a whole number" in await editor.message()


async def test_another_engine_at_run_time(editor, engine):
    """The old one was asked until the editor was restarted."""
    async with serving() as other:
        settings = {"diffgem": {"engineSocket": str(other.path)}}
        editor.notify("workspace/didChangeConfiguration", settings=settings)
        editor.open(URI, "ab\n")
        assert (await editor.complete(URI, 0, 2))["items"]
        assert other.backend.started.qsize() == 1
        assert engine.backend.started.empty()


async def test_the_popup_is_opt_in(editor, engine):
    """Editors that know no inline completion; the others would ask twice at every key."""
    with pytest.raises(Refused):
        await editor.ask("textDocument/completion", **completion_params(URI, 0, 2))
    async with edited_here() as (other, _):
        capabilities = await other.initialize(engineSocket=str(engine.path), popupCompletion=True)
        assert capabilities["completionProvider"] == {}
        other.open(URI, "ä ab\n", "python")
        found = await other.ask(
            "textDocument/completion",
            textDocument={"uri": URI},
            position={"line": 0, "character": 4},
        )
    (entry,) = found["items"]
    assert found["isIncomplete"]
    assert entry["label"] == entry["filterText"] == "abÄ AB"
    assert entry["textEdit"] == {
        "range": {"start": {"line": 0, "character": 2}, "end": {"line": 0, "character": 4}},
        "newText": "abÄ AB",
    }
    assert entry["command"]["arguments"] == [URI, "Ä AB"]


async def test_a_part_accepted_leaves_the_rest(editor, engine):
    """Complaint number five: a word was accepted, and the rest of the ghost text was gone."""
    editor.open(URI, "ab cd\n")
    (whole,) = (await editor.complete(URI, 0, 5))["items"]
    assert whole["insertText"] == "AB CD"
    editor.change(URI, 0, 5, "AB")
    (rest,) = (await editor.complete(URI, 0, 7))["items"]
    assert rest["insertText"] == " CD"
    assert engine.backend.started.qsize() == 1
