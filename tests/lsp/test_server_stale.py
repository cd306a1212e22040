"""Requests that are overtaken: by a newer one, by a change, by the client's cancel."""

import pytest
from editor import Refused, answer
from inline_items import item

URI = "file:///a.txt"
CANCELLED = -32800


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
