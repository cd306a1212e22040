"""What the server answers, against an engine in the same loop that does as it is told."""

import pytest
from editor import Refused, answer, completion_params, edited_here
from inline_items import item

from diffgem_lsp.features.engine import RETRY_ENGINE
from diffgem_lsp.features.explain import EXPLAIN
from diffgem_lsp.features.inline import ACCEPTED

URI = "file:///a.txt"

INVALID_PARAMS = -32602


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


async def test_the_commands(editor):
    """An acceptance command that fails shows an error each time that somebody presses Tab."""
    arguments = [URI, "text"]
    reply = await editor.ask("workspace/executeCommand", command=ACCEPTED, arguments=arguments)
    assert reply is None
    assert await editor.ask("workspace/executeCommand", command=RETRY_ENGINE) is None
    assert editor.shown.empty()


async def test_a_part_accepted_leaves_the_rest(editor, engine):
    """Complaint number five: a word was accepted, and the rest of the ghost text was gone."""
    editor.open(URI, "ab cd\n")
    (whole,) = (await editor.complete(URI, 0, 5))["items"]
    assert whole["insertText"] == "AB CD"
    editor.change(URI, 0, 5, "AB")
    (rest,) = (await editor.complete(URI, 0, 7))["items"]
    assert rest["insertText"] == " CD"
    assert engine.backend.started.qsize() == 1
