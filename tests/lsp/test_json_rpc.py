"""Every message gets what it is owed, and one that makes no sense costs one log line."""

import asyncio
import logging

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from wire_client import URI, Client, did_open, notification, request


@pytest.fixture
def client():
    connected = Client()
    connected.initialize()
    return connected


def assert_one_line(caplog):
    (record,) = caplog.records
    assert record.exc_info is None
    assert "\n" not in record.getMessage()


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
    with caplog.at_level(logging.WARNING):
        assert client.send(notification("textDocument/didClose", {"textDocument": 1})) == []
    assert_one_line(caplog)


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


@pytest.mark.parametrize("method", [{}, 5, None])
def test_a_method_that_is_no_string_is_answered(client, method):
    """Guards against a TypeError in pygls' table of methods, and its traceback in the reply."""
    (reply,) = client.send({"jsonrpc": "2.0", "id": 7, "method": method})
    error = {"code": types.ErrorCodes.InvalidRequest, "message": "a method must be a text"}
    assert reply == {"jsonrpc": "2.0", "id": 7, "error": error}


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


async def test_nothing_is_kept_of_commands_that_are_done():
    """Each that failed kept its traceback, and so the document that it was about."""
    client = Client()
    client.initialize()

    @client.server.command("fail")
    async def fail():
        raise JsonRpcInvalidParams("no such place")

    @client.server.command("go")
    async def go():
        return 3

    before = dict(client.protocol._request_futures)
    commands = ["fail", "go"] * 5
    for number, command in enumerate(commands, 10):
        client.send(request("workspace/executeCommand", {"command": command}, number))
    running = [client.protocol._request_futures[number] for number in range(10, 20)]
    await asyncio.wait([asyncio.wrap_future(each) for each in running])
    assert sum("error" in sent for sent in client.sent) == 5
    assert client.protocol._request_futures == before


@pytest.mark.parametrize("body", [b"{", b"\xff{}", b"[" * 5_000, b'{"jsonrpc": "2.0", "id": 1,'])
def test_what_is_no_json_is_answered(client, caplog, body):
    """The client waited for ever, and the log got a traceback."""
    with caplog.at_level(logging.WARNING):
        (reply,) = client.send(body)
    assert (reply["id"], reply["error"]["code"]) == (None, types.ErrorCodes.ParseError)
    assert_one_line(caplog)


CHANGE = (
    b'{"jsonrpc": "2.0", "method": "textDocument/didChange", '
    b'"params": {"textDocument": {"uri": "file:///a.py"}, "x": 1}}'
)


@pytest.mark.parametrize(
    "body",
    [
        CHANGE.replace(b"1}", b'"\xff"}'),
        CHANGE.replace(b'"2.0"', b'"1.0"'),
        CHANGE.replace(b'"jsonrpc": "2.0", ', b""),
        CHANGE.replace(b'"method"', b'"id": null, "method"'),
        CHANGE[:-1],
        CHANGE.replace(b"didChange", b"didOpen"),
    ],
)
def test_a_change_that_does_not_parse_is_a_lost_one(client, caplog, body):
    """Later changes went into a text that was no longer the client's."""
    client.send(did_open())
    with caplog.at_level(logging.WARNING):
        client.send(body)
    assert client.documents.is_lost(URI)
    assert_one_line(caplog)
    assert "textDocument" not in caplog.text.replace("textDocument/did", "")


@pytest.mark.parametrize(
    "fault", [b'"jsonrpc": "1.0"', b'"other": "2.0"', b'"jsonrpc": "2.0", "x": "\xff"']
)
def test_a_request_of_another_protocol_is_answered(client, fault):
    """It was logged, text and all, and never answered."""
    (reply,) = client.send(b'{%s, "id": 4, "method": "shutdown"}' % fault)
    assert (reply["id"], "error" in reply) == (4, True)


async def test_a_second_shutdown_is_refused_while_the_first_runs(client):
    """Two of them got in each other's way, and the server ended as if nobody had asked."""
    go = asyncio.Event()

    async def shutdown(_params):
        await go.wait()

    client.server.feature("shutdown")(shutdown)
    (second,) = client.send(request("shutdown"), request("shutdown", None, 2))
    assert (second["id"], second["error"]["code"]) == (2, types.ErrorCodes.InvalidRequest)
    running = asyncio.wrap_future(client.protocol._request_futures[1])
    go.set()
    await running
    assert client.sent[-1] == {"jsonrpc": "2.0", "id": 1, "result": None}


def hover_at(line, msg_id="1"):
    params = (
        f'{{"textDocument": {{"uri": "{URI}"}}, "position": {{"line": {line}, "character": 0}}}}'
    )
    body = '{"jsonrpc": "2.0", "id": %s, "method": "textDocument/hover", "params": %s}'
    return (body % (msg_id, params)).encode()


@pytest.mark.parametrize("line", ["9" * 5_000, "-" + "9" * 5_000, "9" * 30, "1e999", "NaN"])
def test_a_number_of_absurd_size_is_answered(client, caplog, line):
    """Python does not read a whole number of 5,000 digits: a traceback, and no answer."""
    with caplog.at_level(logging.WARNING):
        (reply,) = client.send(hover_at(line))
    assert (reply["id"], reply["error"]["code"]) == (1, types.ErrorCodes.InvalidParams)
    assert_one_line(caplog)


def test_an_id_of_absurd_size_does_not_come_back(client):
    """`Infinity` is no JSON."""
    (reply,) = client.send(hover_at(0, "9" * 5_000))
    assert (reply["id"], "error" in reply) == (None, True)


def test_a_second_initialize_is_refused(client):
    """The encoding changed under the documents that were open."""
    (reply,) = client.send(request("initialize", {"processId": None, "capabilities": {}}, 9))
    assert (reply["id"], reply["error"]["code"]) == (9, types.ErrorCodes.InvalidRequest)


def test_a_refusal_is_no_crash(client, caplog):
    """Each request for a document that is not open logged a traceback."""

    def refuse(params):
        raise JsonRpcInvalidParams.of("no such thing")

    client.server.feature("textDocument/hover")(refuse)
    with caplog.at_level(logging.WARNING):
        (reply,) = client.send(hover_at(0))
    assert reply["error"]["message"] == "Invalid Params: no such thing"
    assert_one_line(caplog)


@pytest.mark.parametrize("answer", [{"error": {"code": -32700, "message": "?"}}, {"result": 1}])
def test_an_answer_to_nothing_is_not_answered(client, answer):
    """Two peers told each other for ever that they had not understood."""
    assert client.send({"jsonrpc": "2.0", "id": None, **answer}) == []
