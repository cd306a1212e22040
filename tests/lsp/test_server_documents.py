"""What the server does about documents that change, end, or are none of an engine's business."""

import pytest
from editor import Refused, answer

URI = "file:///a.txt"


def texts(reply):
    return [item["insertText"] for item in reply["items"]]


async def test_a_request_is_for_the_text_at_its_arrival(editor):
    """Many messages in one TCP segment: the handler saw the text as later ones had left it."""
    editor.open(URI, "ab\ncd\n")
    with editor.at_once():
        _, first = editor.begin_completion(URI, 1, 2)
        editor.change(URI, 0, 0, "x")
        _, second = editor.begin_completion(URI, 0, 3)
        _, third = editor.begin_completion("file:///b.txt", 0, 2)
        editor.open("file:///b.txt", "ab")
        _, fourth = editor.begin_completion(URI, 1, 2)
        editor.notify("textDocument/didClose", textDocument={"uri": URI})
    with pytest.raises(Refused, match="is not open"):
        await answer(third)
    assert [await answer(reply) for reply in (first, second, fourth)] == [None] * 3


async def test_a_lost_change_is_said_once_and_nothing_is_completed(editor, engine):
    """Wrong text was completed, or each key showed an error."""
    editor.open(URI, "ab")
    editor.change(URI, 7, 0, "x", version=2)
    editor.change(URI, 0, 0, "x", version=3)
    assert f"a change of {URI} was lost" in await editor.message()
    for _ in range(2):
        assert await editor.complete(URI, 0, 1) == {"items": []}
    assert engine.backend.started.empty()
    assert editor.shown.empty()
    with pytest.raises(Refused, match=f"a change of {URI} was lost: reopen it"):
        await editor.ask("diffgem/document", textDocument={"uri": URI})
    editor.open(URI, "ab")
    assert texts(await editor.complete(URI, 0, 2)) == ["AB"]


async def test_a_change_of_nothing_gives_nothing_up(editor, engine):
    """The version stayed behind the editor's; or what ran was given up for no reason."""
    editor.open(URI, "wait")
    _, reply = editor.begin_completion(URI, 0, 4)
    await engine.backend.started.get()
    document = {"uri": URI, "version": 8}
    editor.notify("textDocument/didChange", textDocument=document, contentChanges=[])
    found = await editor.ask("diffgem/document", textDocument={"uri": URI})
    assert found == {"version": 8, "text": "wait"}
    engine.backend.release.set()
    assert texts(await answer(reply)) == ["WAIT"]


@pytest.mark.parametrize("end", ["didClose", "didOpen"])
async def test_a_text_that_ends_gives_up_what_runs(editor, engine, end):
    """The engine went on denoising for a document that was closed."""
    editor.open(URI, "hang")
    _, reply = editor.begin_completion(URI, 0, 4)
    await engine.backend.started.get()
    if end == "didOpen":
        editor.open(URI, "other")
    else:
        editor.notify("textDocument/didClose", textDocument={"uri": URI})
    assert await answer(reply) is None
    await engine.backend.cancelled.get()


async def test_a_document_opened_again_is_a_new_one(editor, engine):
    """What was shown before the file changed on the disk came back."""
    for _ in range(2):
        editor.open(URI, "ab")
        assert texts(await editor.complete(URI, 0, 2)) == ["AB"]
        await engine.backend.started.get()
        editor.notify("textDocument/didClose", textDocument={"uri": URI})


@pytest.mark.parametrize("name", [".env", "x/id_rsa", "prod.PEM", "%2Eenv.local", ".ssh/config"])
async def test_an_excluded_file_never_reaches_the_engine(editor, engine, name):
    """Keys and passwords were sent, logged and remembered."""
    uri = f"file:///home/{name}"
    editor.open(uri, "secret = ")
    for column in (9, 3):
        assert await editor.complete(uri, 0, column) == {"items": []}
    assert "may hold secrets" in editor.logged.get_nowait()["message"]
    assert engine.backend.started.empty()
    assert editor.shown.empty()
    assert editor.logged.empty()


@pytest.mark.parametrize(
    ("text", "reason"), [("a\0b", "binary"), (f"{'x' * 999}\n" * 10_001, "too large")]
)
async def test_an_unsuitable_file_is_noted_once(editor, engine, text, reason):
    """Nothing came, and nothing said why."""
    editor.open(URI, text, "python")
    for _ in range(2):
        assert await editor.complete(URI, 0, 1) == {"items": []}
    assert reason in editor.logged.get_nowait()["message"]
    assert editor.logged.empty()
    assert engine.backend.started.empty()
    editor.open(URI, "ab")
    assert texts(await editor.complete(URI, 0, 2)) == ["AB"]


async def test_a_line_of_absurd_size_is_refused(editor):
    editor.open(URI, "ab")
    for line in (2**31 - 1, 2**31, 10**300):
        with pytest.raises(Refused):
            await editor.complete(URI, line, 0)
    assert editor.shown.empty()
