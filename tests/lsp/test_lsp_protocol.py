import gc
from concurrent.futures import Future

import pytest
from wire_client import URI, Client, did_change, did_open, insertion, notification

from diffgem_lsp.text.positions import UTF8, UTF16, UTF32


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
    before = sum(issubclass(type(each), Future) for each in gc.get_objects())
    client.send(*(did_change(insertion(0, 0, "x"), version=2 + each) for each in range(100)))
    gc.collect()
    assert sum(issubclass(type(each), Future) for each in gc.get_objects()) <= before
    assert client.documents.get(URI).text == "x" * 100 + "ab\n"


@pytest.mark.parametrize(
    "change", [{}, {"range": {}, "text": "x"}, insertion(-1, 0, "x"), insertion(0, "é", "x"), None]
)
def test_a_change_that_does_not_parse_is_not_half_applied(client, change):
    """Guards against completions for a text that is no longer the client's."""
    client.send(did_open(), did_change(change), did_change(insertion(0, 0, "y")))
    assert client.documents.get(URI) is None
    client.send(did_change({"text": "whole"}))
    assert client.documents.get(URI).text == "whole"
