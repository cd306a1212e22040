import asyncio
import gc
import io
import json
import logging
import threading
from concurrent.futures import Future

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.io_ import run
from pygls.lsp.server import LanguageServer

from diffgem_lsp.lsp_protocol import DiffGemProtocol
from diffgem_lsp.positions import UTF8, UTF16, UTF32

URI = "file:///a.py"


class Client:
    """What an editor writes, and what comes back: bytes through pygls' own reader."""

    def __init__(self):
        self.server = LanguageServer("test", "1", protocol_cls=DiffGemProtocol)
        self.protocol = self.server.protocol
        self.documents = self.protocol.documents
        self.sent = []
        self.protocol.set_writer(self, include_headers=False)

    def write(self, data):
        self.sent.append(json.loads(data))

    def close(self):
        pass

    def send(self, *bodies):
        """Each body as it is, when bytes; answers what the server has sent meanwhile."""
        raw = [body if isinstance(body, bytes) else json.dumps(body).encode() for body in bodies]
        frames = b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in raw)
        del self.sent[:]
        run(threading.Event(), io.BytesIO(frames), self.protocol, error_handler=self._report)
        return list(self.sent)

    def _report(self, error, source):
        self.server._report_server_error(error, source)

    def initialize(self, **general):
        params = {"processId": None, "rootUri": None, "capabilities": {"general": general}}
        (reply,) = self.send(request("initialize", params))
        return reply["result"]["capabilities"]


def request(method, params=None, msg_id=1):
    return {"jsonrpc": "2.0", "id": msg_id, "method": method, "params": params}


def notification(method, params):
    return {"jsonrpc": "2.0", "method": method, "params": params}


def did_open(text="ab\n"):
    item = {"uri": URI, "languageId": "python", "version": 1, "text": text}
    return notification("textDocument/didOpen", {"textDocument": item})


def did_change(*changes, version=2):
    document = {"uri": URI, "version": version}
    params = {"textDocument": document, "contentChanges": changes}
    return notification("textDocument/didChange", params)


def insertion(line, character, text):
    at = {"line": line, "character": character}
    return {"range": {"start": at, "end": at}, "text": text}


@pytest.fixture
def client():
    connected = Client()
    connected.initialize()
    return connected


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["utf-8", "utf-16", "utf-32"], UTF8),
        (["utf-16", "utf-32", "utf-8"], UTF32),
        (["utf-16"], UTF16),
        (["utf-7", "utf-16"], UTF16),
        ([], UTF16),
        (None, UTF16),
    ],
)
def test_encoding(offered, chosen):
    """Guards against positions read in another encoding than the one that was announced."""
    client = Client()
    general = {} if offered is None else {"positionEncodings": offered}
    assert client.initialize(**general)["positionEncoding"] == chosen
    client.send(did_open("é😀x"))
    assert client.documents.encoding == chosen
    end = client.documents.get(URI).position(3).character
    assert end == {UTF8: 7, UTF16: 4, UTF32: 3}[chosen]


def test_capabilities_announce_open_close_and_incremental_changes():
    """Guards against overrides that pygls does not find, so that clients send nothing."""
    sync = Client().initialize()["textDocumentSync"]
    assert (sync["openClose"], sync["change"]) == (True, 2)


def test_documents_follow_the_notifications(client):
    """Guards against edits that go to pygls' workspace, which loses newlines."""
    assert client.send(did_open("a\fb\u2028c\r\nd")) == []
    client.send(did_change(insertion(1, 1, "\f\n"), insertion(2, 0, "e")))
    now = client.documents.get(URI)
    assert (now.text, now.version, now.language_id) == ("a\fb\u2028c\r\nd\f\ne", 2, "python")
    assert client.protocol.workspace.text_documents == {}
    client.send(notification("textDocument/didClose", {"textDocument": {"uri": URI}}))
    assert client.documents.get(URI) is None


def test_raw_and_escaped_halves_arrive(client):
    """Guards against a lone surrogate that breaks the reading of a message."""
    client.send(did_open("a\ud83d"), did_change(insertion(0, 2, "\ude00")))
    assert client.documents.get(URI).text == "a😀"


def test_user_handlers_are_still_called(client):
    """Guards against features on document notifications that silently never run."""
    seen = []

    def handler(params):
        seen.append(type(params).__name__)

    for method in ("didOpen", "didChange", "didClose"):
        client.server.feature(f"textDocument/{method}")(handler)
    close = notification("textDocument/didClose", {"textDocument": {"uri": URI}})
    client.send(did_open(), did_change(insertion(0, 0, "x")), close)
    assert seen == [
        "DidOpenTextDocumentParams",
        "DidChangeTextDocumentParams",
        "DidCloseTextDocumentParams",
    ]


def test_changes_leave_nothing_behind(client):
    """Guards against pygls' one future for every didChange: 38 MB in 20,000 edits."""
    client.send(did_open())
    gc.collect()
    before = sum(isinstance(each, Future) for each in gc.get_objects())
    client.send(*(did_change(insertion(0, 0, "x"), version=2 + each) for each in range(100)))
    gc.collect()
    assert sum(isinstance(each, Future) for each in gc.get_objects()) <= before
    assert client.documents.get(URI).text == "x" * 100 + "ab\n"


@pytest.mark.parametrize(
    "params",
    [None, 5, [], {"textDocument": {"uri": URI}}, {"position": {"line": -1, "character": "x"}}],
)
def test_a_request_that_does_not_parse_is_answered(client, params):
    """Guards against a client that waits for ever."""
    client.server.feature("textDocument/hover")(lambda params: None)
    (reply,) = client.send(request("textDocument/hover", params, "h"))
    assert reply["id"] == "h"
    assert reply["error"]["code"] == types.ErrorCodes.InvalidParams
    assert reply["error"]["message"]


def test_why_a_request_does_not_parse_is_said(client):
    """Guards against "1 sub-exception", with which nobody mends a client."""
    params = {"textDocument": {"uri": URI}}
    (reply,) = client.send(request("textDocument/hover", params))
    assert "position" in reply["error"]["message"]


def test_params_may_be_left_out(client):
    """Guards against signIn and other methods of ours, called without params, being refused."""
    client.server.feature("signIn")(lambda params: {"got": params})
    (reply,) = client.send({"jsonrpc": "2.0", "id": 3, "method": "signIn"})
    assert reply["result"] == {"got": None}
    (reply,) = client.send({"jsonrpc": "2.0", "id": 4, "method": "noSuch"})
    assert reply["error"]["code"] == types.ErrorCodes.MethodNotFound


def test_a_notification_that_does_not_parse_is_dropped(client, caplog):
    """Guards against an error message on the user's screen for a client's slip."""
    with caplog.at_level(logging.ERROR):
        assert client.send(notification("textDocument/didClose", {"textDocument": 1})) == []
    assert caplog.records


@pytest.mark.parametrize(
    "change", [{}, {"range": {}, "text": "x"}, insertion(-1, 0, "x"), insertion(0, "é", "x"), None]
)
def test_a_change_that_does_not_parse_is_not_half_applied(client, change):
    """Guards against completions for a text that is no longer the client's."""
    client.send(did_open(), did_change(change), did_change(insertion(0, 0, "y")))
    assert client.documents.get(URI) is None
    client.send(did_change({"text": "whole"}))
    assert client.documents.get(URI).text == "whole"


@pytest.mark.parametrize(
    "body",
    [
        *(b"{", b"\xff\xfe{}", b"[]", b"3", b'"x"', b"null", b"{}", b'{"id": 1}', b"[" * 5_000),
        b'{"jsonrpc": "2.0"}',
        b'{"jsonrpc": "2.0", "method": {}}',
        b'{"jsonrpc": "2.0", "id": 9, "result": 1}',
        b'{"jsonrpc": "1.0", "id": 1, "method": "x"}',
    ],
)
def test_a_bad_body_does_not_stop_the_server(client, body):
    """Guards against one bad message that ends the session."""
    replies = client.send(body, did_open(), request("shutdown", None, "last"))
    assert client.documents.get(URI).text == "ab\n"
    assert replies[-1] == {"jsonrpc": "2.0", "id": "last", "result": None}


def test_a_method_that_is_no_string_is_answered(client):
    """Guards against a TypeError in pygls' table of methods."""
    (reply,) = client.send({"jsonrpc": "2.0", "id": 7, "method": {}})
    assert (reply["id"], "error" in reply) == (7, True)


def test_an_object_within_a_message_is_no_message(client):
    """Guards against data of ours that has a field called jsonrpc."""
    client.server.feature("echo")(lambda params: params.data.jsonrpc)
    (reply,) = client.send(request("echo", {"data": {"jsonrpc": "2.0"}}))
    assert reply["result"] == "2.0"


def test_a_response_that_does_not_parse_ends_the_wait(client):
    """Guards against a server that waits for ever for the client's configuration."""
    params = types.ApplyWorkspaceEditParams(types.WorkspaceEdit())
    waiting = client.protocol.send_request("workspace/applyEdit", params, msg_id="w")
    client.send({"jsonrpc": "2.0", "id": "w", "result": "yes"})
    with pytest.raises(JsonRpcException, match="bad response"):
        waiting.result(timeout=0)


def test_nothing_but_initialize_comes_first():
    """Guards against positions read before the encoding is known."""
    client = Client()
    (reply,) = client.send(request("textDocument/hover"), did_open())
    assert reply["error"]["code"] in (
        types.ErrorCodes.InvalidParams,
        types.ErrorCodes.ServerNotInitialized,
    )
    (reply,) = client.send(request("shutdown", None, 2))
    assert reply["error"]["code"] == types.ErrorCodes.ServerNotInitialized
    assert client.documents.get(URI) is None


def test_requests_after_shutdown_are_answered(client):
    """Guards against a client that waits for the reply to a request it sent too late."""
    (first, second) = client.send(request("shutdown"), request("shutdown", None, 2))
    assert first["result"] is None
    assert second["error"]["code"] == types.ErrorCodes.InvalidRequest


async def test_a_request_is_answered_once_and_cancelled_once():
    """Guards against two replies to one id from the override of message reading."""
    client = Client()
    client.initialize()
    started = asyncio.Event()

    async def wait(params):
        started.set()
        await asyncio.Event().wait()

    client.server.feature("wait")(wait)
    client.send(request("wait", {}, 5))
    await started.wait()
    running = client.protocol._request_futures[5]
    client.send(notification("$/cancelRequest", {"id": 5}))
    await asyncio.wait([running])
    assert [(sent["id"], sent["error"]["code"]) for sent in client.sent] == [(5, -32800)]
