"""What settings do to a server, from the beginning and while it runs."""

import pytest
from editor import Refused, answer, completion_params, edited_here
from inline_items import item
from running import serving

from diffgem_lsp.engine import client as engine_client
from diffgem_lsp.engine.timing import Timing

URI = "file:///a.txt"


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


@pytest.mark.parametrize("client", ["Eglot", "coc.nvim"])
async def test_a_project_decides_not_what_runs(engine, tmp_path, client):
    """Emacs sends what a `.dir-locals.el` says, unasked: a clone had its program run."""
    async with edited_here() as (editor, server), serving() as other:
        await editor.initialize(client=client, engineSocket=str(engine.path), maxLines=3)
        program = ["touch", str(tmp_path / "was-run")]
        wire = {"engineSocket": str(other.path), "engineCommand": program, "maxLines": 2}
        editor.notify("workspace/didChangeConfiguration", settings={"diffgem": wire})
        said = await editor.message()
        assert "option 'engineSocket' is not taken from a project" in said
        assert "option 'engineCommand' is not taken from a project" in said
        told = {"diffgem": {"enabled": True}}
        editor.notify("workspace/didChangeConfiguration", settings=told)
        editor.open(URI, "ab\n")
        assert (await editor.complete(URI, 0, 2))["items"]
        assert engine.backend.started.qsize() == 1
        assert other.backend.started.empty()
        assert server.options.max_lines != 3  # what decides nothing of that kind is taken
        assert not (tmp_path / "was-run").exists()


async def test_another_engine_once_the_first_is_connected(engine):
    """While the first connection was being closed, nothing was completed."""
    async with edited_here() as (editor, server), serving() as other:
        await editor.initialize(engineSocket=str(engine.path))
        await editor.ask("diffgem/status")  # it has heard of `initialized` before
        await server.engine.ready()
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
