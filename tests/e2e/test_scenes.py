"""The scenes of the real editors, without an editor: each shows something, or what it is for."""

import asyncio

import pytest
import scenes
from lsprotocol import types
from real import Buffer, client_of


@pytest.fixture
async def opened(box, tmp_path):
    """Opens a scene's file and types its keys: the buffer, and the cursor's offset."""
    scenes.write_workspace(tmp_path)
    async with client_of(box, root=tmp_path.as_uri()) as client:

        def opened(scene):
            uri = (tmp_path / scene.file).as_uri()
            buffer = Buffer(client, uri, scenes.FILES[scene.file])
            at = buffer.text.index(scene.after) + len(scene.after)
            for key in scene.keys:
                buffer.insert(at, key)
                at += 1
            assert (buffer.text, at) == scenes.typed(scene)
            return buffer, at

        yield opened


@pytest.mark.parametrize("scene", [scenes.GHOST, scenes.UNICODE, scenes.FAR_FOLDER])
async def test_ghost_text(opened, scene):
    buffer, at = opened(scene)
    (item,) = (await buffer.complete(at)).items
    assert item.insert_text.strip()
    assert item.range.start == buffer.position(at)


async def test_ghost_text_of_two_words(opened):
    """The editors accept one of them alone."""
    buffer, at = opened(scenes.GHOST)
    (item,) = (await buffer.complete(at)).items
    assert len(item.insert_text.split()) > 1


async def test_the_status_has_the_latency(opened):
    """A draft was enough for the engine, without a step: it was not counted as an answer."""
    buffer, at = opened(scenes.GHOST)
    assert (await buffer.complete(at)).items
    assert (await buffer.client.protocol.send_request_async("diffgem/status", {})).latencyMs >= 0


async def asked_status(buffer):
    return await buffer.client.protocol.send_request_async("diffgem/status", {})


async def test_an_ignored_file(opened):
    buffer, at = opened(scenes.EXCLUDED)
    assert not (await buffer.complete(at)).items
    async with asyncio.timeout(60):  # before the engine is there, that is what matters
        while (status := await asked_status(buffer)).state == "starting":
            pass
    assert status.state == "off"
    assert "ignored" in status.reason


async def test_the_next_edit(opened):
    buffer, _ = opened(scenes.RENAME)
    ((start, end, text),) = await buffer.next_edits()
    assert buffer.text[:start] + text + buffer.text[end:] == scenes.RENAMED


async def test_the_hole_is_offered_to_be_filled(opened):
    buffer, _ = opened(scenes.GHOST)
    start = buffer.position(buffer.text.index(scenes.HOLE))
    document, where = types.TextDocumentIdentifier(buffer.uri), types.Range(start, start)
    asked = types.CodeActionParams(document, where, types.CodeActionContext(diagnostics=[]))
    listed = await buffer.client.text_document_code_action_async(asked)
    assert scenes.FILL in [each.title for each in listed]
