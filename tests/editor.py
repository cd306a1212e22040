"""An editor, as far as the wire goes: raw JSON-RPC, so that tests see every reply as it is."""

import asyncio
import contextlib
import json
from collections import defaultdict

from diffgem_lsp.editor.framing import read_messages
from diffgem_lsp.server import create_server

PATIENCE_S = 60
METHOD = "textDocument/inlineCompletion"


class Refused(Exception):
    """An error reply."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]


class Editor:
    """`write` takes bytes for the server; `hear` gets each message of the server."""

    def __init__(self, write):
        self._write = write
        self._ids = iter(range(1, 1_000_000))
        self._waiting = {}
        self.replies = defaultdict(list)  # id -> each reply that came
        self.shown = asyncio.Queue()  # of window/showMessage
        self.logged = asyncio.Queue()  # of window/logMessage
        self.told = asyncio.Queue()  # every other notification
        self.heard = []  # the method or the id of all that came, in order
        self.requests = defaultdict(asyncio.Queue)  # method -> what else the server says or asks
        self.registered = asyncio.Queue()  # of client/registerCapability

    def send(self, **message):
        self.send_raw(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def send_raw(self, body):
        self._write(frame(body))

    @contextlib.contextmanager
    def at_once(self):
        """What is sent meanwhile arrives in one piece."""
        write, pieces = self._write, []
        self._write = pieces.append
        yield
        self._write = write
        write(b"".join(pieces))

    def notify(self, method, **params):
        self.send(method=method, params=params)

    def begin(self, method, params):
        """The id, and the reply to wait for."""
        number = next(self._ids)
        reply = self._waiting[number] = asyncio.get_running_loop().create_future()
        self.send(id=number, method=method, params=params)
        return number, reply

    async def ask(self, method, **params):
        """The result.  Raises Refused."""
        return await answer(self.begin(method, params)[1])

    def hear(self, message):
        self.heard.append(message.get("method") or message["id"])
        if "method" in message:
            queues = {
                "window/showMessage": self.shown,
                "window/logMessage": self.logged,
                "client/registerCapability": self.registered,
            }
            if message["method"] in queues:
                queues[message["method"]].put_nowait(message["params"])
            else:
                self.told.put_nowait(message)
                self.requests[message["method"]].put_nowait(message)
            return
        self.replies[message["id"]].append(message)
        waiting = self._waiting.pop(message["id"], None)
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    async def initialize(
        self, encodings=("utf-16",), root=None, workspace=None, client=None, **options
    ):
        general = {"positionEncodings": list(encodings)}
        folders = None if root is None else [{"uri": root.as_uri(), "name": root.name}]
        result = await self.ask(
            "initialize",
            processId=None,
            clientInfo=client and {"name": client},
            rootUri=None,
            workspaceFolders=folders,
            capabilities={"general": general, "workspace": workspace or {}},
            initializationOptions=options,
        )
        self.notify("initialized")
        return result["capabilities"]

    def open(self, uri, text, language="plaintext", version=1):
        item = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", textDocument=item)

    def change(self, uri, line, character, text, version=2):
        at = {"line": line, "character": character}
        self.notify(
            "textDocument/didChange",
            textDocument={"uri": uri, "version": version},
            contentChanges=[{"range": {"start": at, "end": at}, "text": text}],
        )

    def begin_completion(self, uri, line, character, **context):
        return self.begin(METHOD, completion_params(uri, line, character, **context))

    async def complete(self, uri, line, character, **context):
        return await answer(self.begin_completion(uri, line, character, **context)[1])

    async def message(self):
        async with asyncio.timeout(PATIENCE_S):
            return (await self.shown.get())["message"]

    async def asked(self, method):
        """The next request or notification of the server's."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.requests[method].get()

    async def listen(self, reader):
        """Until the server closes."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                header = await reader.readuntil(b"\r\n\r\n")
                size = int(header.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                self.hear(json.loads(await reader.readexactly(size)))


def frame(body):
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def completion_params(uri, line, character, **context):
    return {
        "textDocument": {"uri": uri},
        "position": {"line": line, "character": character},
        "context": {"triggerKind": 2, **context},
    }


async def answer(reply):
    async with asyncio.timeout(PATIENCE_S):
        message = await reply
    if "error" in message:
        raise Refused(message["error"])
    return message["result"]


class _Sink:
    """What pygls writes to, in place of stdout."""

    def __init__(self, hear):
        self._hear = hear

    def write(self, data):
        self._hear(json.loads(data.partition(b"\r\n\r\n")[2]))

    def close(self):
        pass


@contextlib.asynccontextmanager
async def edited_here(trusted=True):
    """An editor, and the server in this loop that it talks to."""
    server, reader = create_server(trusted), asyncio.StreamReader(limit=2**26)
    editor = Editor(reader.feed_data)
    server.protocol.set_writer(_Sink(editor.hear))
    serving = asyncio.create_task(read_messages(reader, server.protocol.receive))
    try:
        yield editor, server
    finally:
        with contextlib.suppress(Refused):  # some tests have shut it down
            await editor.ask("shutdown")
        reader.feed_eof()
        await serving
        server.shutdown()
