"""From the reply to the file: what becomes of suggestions, through the server."""

import asyncio

from editor import edited_here
from running import serving

from diffgem_lsp.acceptance.history import read_all
from diffgem_lsp.acceptance.journal import state_folder
from diffgem_lsp.features.inline import ACCEPTED

URI = "file:///a.py"


async def test_through_the_server(monkeypatch, tmp_path):
    """From the reply to the file, which is this user's alone."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with serving() as engine, edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(engine.path))
        editor.open(URI, "secret\n", "python")
        (item,) = (await editor.complete(URI, 0, 6, triggerKind=1))["items"]
        command = item["command"]
        editor.change(URI, 0, 6, item["insertText"])
        await editor.ask(
            "workspace/executeCommand", **{"command": ACCEPTED, "arguments": command["arguments"]}
        )
        await editor.ask("workspace/executeCommand", command=ACCEPTED, arguments=[1, None])
        await editor.ask("workspace/executeCommand", command=ACCEPTED)
    (record,) = read_all(state_folder())
    assert (record.shown.kind, record.shown.trigger, record.shown.hole) == (
        "inline",
        "invoked",
        "rest of line",
    )
    assert (record.accepted, record.shown.characters) == (True, 6)
    for file in state_folder().iterdir():
        assert file.stat().st_mode & 0o077 == 0
        assert "secret" not in file.read_text().lower()


async def test_through_the_server_switched_off(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with serving() as engine, edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(engine.path), acceptance=False)
        editor.open(URI, "ab\n", "python")
        assert (await editor.complete(URI, 0, 2))["items"]
        await asyncio.wait_for(editor.ask("diffgem/status"), 20)
    assert not list(tmp_path.iterdir())


async def test_copilots_notifications_count(monkeypatch, tmp_path):
    """A word that was taken by Copilot's own way was not known of."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with serving() as engine, edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(engine.path))
        editor.open(URI, "ab\n", "python")
        (item,) = (await editor.complete(URI, 0, 2))["items"]
        editor.notify("textDocument/didPartiallyAcceptCompletion", item=item, acceptedLength=1)
    (record,) = read_all(state_folder())
    assert (record.partly, record.saved) == (True, 1)
