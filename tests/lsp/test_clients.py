"""Editors as they introduce themselves, at the real server's process: nothing is lost on any."""

import sys

import pytest
from clients import CLIENTS
from lsprotocol import types
from pytest_lsp import ClientServerConfig
from sandbox import sandbox

from diffgem_engine.evaluation.replay.buffer import Buffer
from diffgem_engine.evaluation.replay.keys import Key

URI = "file:///a.txt"
BEFORE = "é☕🍰ab"


@pytest.fixture(scope="module")
def box():
    with sandbox() as made:
        yield made


class Session:
    """A document with more than ASCII before the cursor; the fake engine answers in capitals."""

    def __init__(self, client, known, capabilities):
        self.client, self.known, self.capabilities = client, known, capabilities
        self.buffer = Buffer(URI, "plaintext", f"{BEFORE}\n🍰\n", known.encoding)
        self.buffer.cursor = self.buffer.text.index("ab") + 2
        document = types.TextDocumentItem(URI, "plaintext", 1, self.buffer.text)
        client.text_document_did_open(types.DidOpenTextDocumentParams(document))

    def type(self, text):
        at = self.position
        self.buffer.apply(Key(self.buffer.cursor, 0, text))
        change = types.TextDocumentContentChangePartial(types.Range(at, at), text)
        document = types.VersionedTextDocumentIdentifier(self.buffer.version, URI)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    @property
    def position(self):
        return types.Position(**self.buffer.position(self.buffer.cursor))

    async def inline(self, kind):
        context = types.InlineCompletionContext(kind)
        here = types.TextDocumentIdentifier(URI)
        found = await self.client.text_document_inline_completion_async(
            types.InlineCompletionParams(context, here, self.position)
        )
        (item,) = found.items
        return item

    async def popup(self):
        here = types.TextDocumentIdentifier(URI)
        found = await self.client.text_document_completion_async(
            types.CompletionParams(here, self.position)
        )
        (item,) = found.items
        return item

    async def execute(self, command):
        await self.client.workspace_execute_command_async(
            types.ExecuteCommandParams(command.command, command.arguments)
        )

    async def served(self):
        params = {"textDocument": {"uri": URI}}
        found = await self.client.protocol.send_request_async("diffgem/document", params)
        return found.version, found.text


@pytest.fixture(params=CLIENTS.values(), ids=CLIENTS)
async def session(request, box):
    known = request.param
    config = ClientServerConfig([sys.executable, "-m", "diffgem_lsp"], server_env=box.environment)
    client = await config.start()
    result = await client.initialize_session(
        types.InitializeParams(
            capabilities=known.capabilities,
            initialization_options={**box.options, "popupCompletion": not known.inline},
        )
    )
    yield Session(client, known, result.capabilities)
    await client.shutdown_session()
    await client.stop()


async def test_a_session(session):
    """Columns of another encoding, a capability that is not told, a command that is not known."""
    capabilities, buffer = session.capabilities, session.buffer
    assert (capabilities.position_encoding or "utf-16") == session.known.encoding
    assert capabilities.inline_completion_provider is not None
    assert "diffgem.accepted" in capabilities.execute_command_provider.commands
    assert (capabilities.completion_provider is None) == session.known.inline
    session.type("c")
    assert await session.served() == (2, buffer.text)
    for kind in types.InlineCompletionTriggerKind:
        item = await session.inline(kind)
        assert item.insert_text == f"{BEFORE}c".upper()
        assert item.range == types.Range(session.position, session.position)
    await session.execute(item.command)
    session.type(item.insert_text)
    assert await session.served() == (3, buffer.text)
    if not session.known.inline:
        await assert_popup(session)
    assert session.client.messages == []


async def assert_popup(session):
    """A menu's entry that replaces other text than the word before the cursor."""
    session.type(" x")
    edit = (await session.popup()).text_edit
    start = types.Position(**session.buffer.position(session.buffer.cursor - 1))
    assert edit.range == types.Range(start, session.position)
    assert edit.new_text.startswith("xÉ☕🍰ABC")
