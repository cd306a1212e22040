"""What the server makes of the workspace: files saved and renamed, folders that come and go."""

import asyncio
import contextlib

import psutil
import pytest
from editor import edited_here

from diffgem_lsp.features.explain import EXPLAIN


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "root"
    root.mkdir()
    (root / "lib.py").write_text("def helper(): ...\n")
    return root


@contextlib.asynccontextmanager
async def opened(engine, root, **options):
    async with edited_here() as (editor, server):
        await editor.initialize(root=root, engineSocket=str(engine.path), **options)
        yield editor, server


async def files(editor, *names):
    """Of the declarations of `names` that a prompt is about."""
    uri = f"untitled:{'-'.join(names)}"
    text = f"from lib import {', '.join(names)}\n"
    editor.open(uri, text, "python")
    place = {"line": 1, "character": 0}
    found = await editor.ask("workspace/executeCommand", command=EXPLAIN, arguments=[uri, place])
    every = (*found["snippets"], *found["leftOut"])
    return {each["file"] for each in every if each["source"] == "declarations"}


async def until(editor, names, expected):
    async with asyncio.timeout(60):
        while await files(editor, *names) != expected:
            pass


def index_processes():
    command = "diffgem_lsp.index"
    children = psutil.Process().children()
    return [each for each in children if command in each.cmdline()]


async def test_files_that_are_made_saved_renamed_and_deleted(engine, root):
    """A declaration was found where it no longer was."""
    async with opened(engine, root) as (editor, _):
        await until(editor, ["helper"], {"lib.py"})
        new = root / "new.py"
        new.write_text("def fresh(): ...\n")
        editor.notify("textDocument/didSave", textDocument={"uri": new.as_uri()})
        await until(editor, ["fresh"], {"new.py"})
        renamed = root / "renamed.py"
        new.rename(renamed)
        both = {"oldUri": new.as_uri(), "newUri": renamed.as_uri()}
        editor.notify("workspace/didRenameFiles", files=[both])
        await until(editor, ["fresh"], {"renamed.py"})
        renamed.unlink()
        editor.notify("workspace/didDeleteFiles", files=[{"uri": renamed.as_uri()}])
        await until(editor, ["fresh"], set())
        new.write_text("def fresh(): ...\n")
        changes = [{"uri": new.as_uri(), "type": 1}]
        editor.notify("workspace/didChangeWatchedFiles", changes=changes)
        await until(editor, ["fresh"], {"new.py"})


async def test_folders_of_the_workspace(engine, root, tmp_path):
    """Only those that were there at the start were known; or a renamed one to the end."""
    async with opened(engine, root) as (editor, _):
        await until(editor, ["helper"], {"lib.py"})
        moved = root.rename(tmp_path / "moved")
        event = {
            "added": [{"uri": moved.as_uri(), "name": "moved"}],
            "removed": [{"uri": root.as_uri(), "name": "root"}],
        }
        editor.notify("workspace/didChangeWorkspaceFolders", event=event)
        (moved / "lib.py").rename(moved / "other.py")
        changes = [{"uri": (moved / "other.py").as_uri(), "type": 1}]
        changes += [{"uri": (moved / "lib.py").as_uri(), "type": 3}]
        editor.notify("workspace/didChangeWatchedFiles", changes=changes)
        await until(editor, ["helper"], {"other.py"})


async def test_files_that_the_options_turn_off_are_no_source(engine, root):
    """What no engine was to see stood before the prefix of another file."""
    (root / "private.py").write_text("def hidden(): ...\n")
    async with opened(engine, root, files={"private.py": False}) as (editor, _):
        await until(editor, ["helper", "hidden"], {"lib.py"})


async def test_the_process_ends_with_the_server(engine, root):
    async with opened(engine, root) as (editor, _):
        await until(editor, ["helper"], {"lib.py"})
        (process,) = index_processes()
    assert not process.is_running()


@pytest.mark.parametrize("options", [{"enabled": False}, {"contextDeclarations": False}])
async def test_nothing_runs_where_nothing_is_wanted(engine, root, options):
    async with opened(engine, root, **options) as (editor, _):
        await editor.ask("shutdown")
        assert index_processes() == []


async def test_a_client_that_watches_files_is_asked_to(engine, root):
    """Files that others change were never looked at again."""
    watching = {"didChangeWatchedFiles": {"dynamicRegistration": True}}
    async with edited_here() as (editor, _):
        await editor.initialize(root=root, workspace=watching, engineSocket=str(engine.path))
        async with asyncio.timeout(60):
            asked = await editor.registered.get()
    (registration,) = asked["registrations"]
    assert registration["method"] == "workspace/didChangeWatchedFiles"
    globs = [each["globPattern"] for each in registration["registerOptions"]["watchers"]]
    assert ",py," in globs[0]
    assert globs[1] == "**/.{git,diffgem}ignore"


async def test_a_client_that_does_not_is_left_alone(engine, root):
    async with opened(engine, root) as (editor, _):
        await until(editor, ["helper"], {"lib.py"})
        assert editor.registered.empty()
