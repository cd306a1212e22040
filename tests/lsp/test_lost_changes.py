"""What the document store does when it cannot know the client's text, or the text ends."""

import pytest
from lsprotocol.types import (
    Position,
    Range,
    TextDocumentContentChangePartial,
    TextDocumentContentChangeWholeDocument,
    TextDocumentItem,
    VersionedTextDocumentIdentifier,
)

from diffgem_lsp.documents import DocumentStore

URI = "file:///a.py"


@pytest.fixture
def store():
    made = DocumentStore()
    made.told = []
    made.on_lost.append(lambda uri: made.told.append(("lost", uri)))
    made.on_gone.append(lambda uri: made.told.append(("gone", uri)))
    opened(made, "ab")
    made.told.clear()
    return made


def opened(store, text, version=1):
    store.open(TextDocumentItem(URI, "python", version, text))


def partial(start, end, text):
    return TextDocumentContentChangePartial(Range(Position(*start), Position(*end)), text)


def change(store, *changes, version=2):
    store.change(VersionedTextDocumentIdentifier(version, URI), changes)


def test_a_lost_change_closes_the_document_until_its_whole_text_comes(store):
    """Guards against completions for a text that is no longer the client's."""
    before = store.get(URI)
    store.distrust(URI)
    change(store, partial((0, 1), (0, 1), "x"))
    assert store.get(URI) is None
    assert store.is_lost(URI)
    assert not store.is_current(before)
    change(store, TextDocumentContentChangeWholeDocument("cd"), partial((0, 1), (0, 1), "x"))
    assert store.get(URI).text == "cxd"
    store.distrust(URI)
    opened(store, "e", version=9)
    assert store.get(URI).text == "e"
    assert not store.is_lost(URI)


@pytest.mark.parametrize("range_", [((2, 0), (2, 0)), ((9, 1), (10, 0)), ((9, 0), (5, 0))])
def test_a_change_of_lines_that_are_not_there_is_a_lost_one(store, range_):
    """Guards against wrong text: an earlier change must have gone missing."""
    change(store, partial(*range_, "x"))
    change(store, partial((0, 0), (0, 0), "y"))
    assert store.is_lost(URI)
    assert store.told == [("gone", URI), ("lost", URI)]


@pytest.mark.parametrize(
    ("range_", "text"),
    [(((1, 0), (1, 0)), "abx"), (((0, 0), (999, 0)), "x"), (((0, 1), (2**31 - 1, 0)), "ax")],
)
def test_a_range_may_end_anywhere(store, range_, text):
    """Guards against mistrust of clients that replace all of a text with one large range."""
    change(store, partial(*range_, "x"))
    assert store.get(URI).text == text


@pytest.mark.parametrize("version", [7, 100])
def test_a_gap_in_the_versions_is_no_lost_change(store, version):
    """Guards against mistrust of Neovim, whose versions are its count of ticks."""
    change(store, partial((0, 0), (0, 0), "x"), version=version)
    assert (store.get(URI).text, store.get(URI).version) == ("xab", version)


def test_a_change_of_nothing_is_a_version(store):
    """Guards against a version that stays behind the client's, with a request given up for it."""
    edits, before = [], store.get(URI)
    store.listeners.append(lambda *_: edits.append(1))
    change(store, version=5)
    assert (store.get(URI).version, store.get(URI).text) == (5, "ab")
    assert store.is_current(before)
    assert edits == []


def test_the_end_of_a_text_is_told(store):
    """Guards against what was remembered of a text that is closed, or opened anew."""
    opened(store, "ab")
    store.close(URI)
    assert store.told == [("gone", URI)] * 2
