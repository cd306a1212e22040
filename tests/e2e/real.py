"""The real engine, the embedded model, and an editor of pytest-lsp's."""

import contextlib
import sys

import httpx
from lsprotocol import types
from pytest_lsp import ClientServerConfig

from diffgem_engine.checkpoint.loading import embedded_model
from diffgem_lsp.features.next_edits import INLINE_EDIT

MODEL = embedded_model().name


@contextlib.asynccontextmanager
async def client_of(box, root=None, **options):
    """An initialized client of a server of its own; the engine is the sandbox's.

    `root` is the URI of the workspace's folder, if there is one.
    """
    command = [sys.executable, "-m", "diffgem_lsp", "--verbose"]
    config = ClientServerConfig(command, server_env=box.environment)
    client = await config.start()
    general = types.GeneralClientCapabilities(position_encodings=["utf-16"])
    await client.initialize_session(
        types.InitializeParams(
            capabilities=types.ClientCapabilities(general=general),
            root_uri=root,
            initialization_options={"engineSocket": str(box.socket), **options},
        )
    )
    try:
        yield client
    finally:
        await client.shutdown_session()  # without it, stop waits for ever
        await client.stop()


async def health(box):
    """What the engine says of itself."""
    transport = httpx.AsyncHTTPTransport(uds=str(box.socket))
    async with httpx.AsyncClient(transport=transport, timeout=60) as web:
        return (await web.get("http://localhost/health")).json()


class Buffer:
    """A document as the editor has it, and the server's side of it."""

    def __init__(self, client, uri, text, language="python"):
        self.client, self.uri, self.text, self.version = client, uri, text, 1
        item = types.TextDocumentItem(uri, language, 1, text)
        client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def position(self, offset):
        head = self.text[:offset].split("\n")
        column = len(head[-1].encode("utf-16-le")) // 2
        return types.Position(len(head) - 1, column)

    def offset(self, position):
        lines = self.text.split("\n")
        line = lines[position.line].encode("utf-16-le")[: 2 * position.character]
        before = sum(len(each) + 1 for each in lines[: position.line])
        return before + len(line.decode("utf-16-le"))

    def insert(self, offset, text):
        at = self.position(offset)
        self.text = self.text[:offset] + text + self.text[offset:]
        self.version += 1
        change = types.TextDocumentContentChangePartial(types.Range(at, at), text)
        document = types.VersionedTextDocumentIdentifier(self.version, self.uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    async def complete(self, offset):
        context = types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic)
        return await self.client.text_document_inline_completion_async(
            types.InlineCompletionParams(
                context, types.TextDocumentIdentifier(self.uri), self.position(offset)
            )
        )

    async def next_edits(self):
        """Each as the start, the end and the text that goes there."""
        document = {"uri": self.uri, "version": self.version}
        params = {"textDocument": document, "position": {"line": 0, "character": 0}}
        reply = await self.client.protocol.send_request_async(INLINE_EDIT, params)
        found = []
        for edit in reply.edits:
            assert (edit.textDocument.uri, edit.textDocument.version) == (self.uri, self.version)
            start, end = (self.offset(place) for place in (edit.range.start, edit.range.end))
            found.append((start, end, edit.text))
        return found

    async def as_served(self):
        params = {"textDocument": {"uri": self.uri}}
        found = await self.client.protocol.send_request_async("diffgem/document", params)
        return found.version, found.text
