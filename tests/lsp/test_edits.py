"""Minimal edits: whatever the two texts are, applying them gives the new one."""

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol.types import TextDocumentContentChangePartial, TextDocumentItem
from lsprotocol.types import VersionedTextDocumentIdentifier as Document
from text_oracle import PIECES

from diffgem_lsp import edits
from diffgem_lsp.documents import DocumentStore
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.text.positions import UTF8, UTF16, UTF32

URI = "file:///a.py"
# Half a character of its own has no place in a client's text.
WHOLE = [piece for piece in PIECES if not piece.isascii() or piece.isprintable() or piece == "\t"]
WHOLE = [each for each in WHOLE if not "\ud800" <= each <= "\udfff"] + ["\n", "\r\n", "\r", "if "]
texts = st.lists(st.sampled_from(WHOLE), max_size=30).map("".join)
# Again and again the same few words, by the thousand.
repetitive = st.lists(st.sampled_from(["a", "0, ", "1, ", ") ", "\n", "a b\n"]), max_size=8).map(
    "".join
)


def opened(text, encoding):
    store = DocumentStore()
    store.encoding = encoding
    store.open(TextDocumentItem(URI, "plaintext", 1, text))
    return store


def applied(store, found):
    """As a client does it: all positions are those of the old text."""
    last_first = sorted(found, key=lambda edit: edit.range.start, reverse=True)
    partial = [TextDocumentContentChangePartial(edit.range, edit.new_text) for edit in last_first]
    store.change(Document(2, URI), partial)
    return store.get(URI).text


def within_crlf(text, at):
    return text[at - 1 : at + 1] == "\r\n"


@pytest.mark.parametrize("encoding", [UTF8, UTF16, UTF32])
@given(before=texts, old=texts, new=texts, after=texts)
def test_they_make_the_new_text(encoding, before, old, new, after):
    """Guards a text that is not what the model wrote, a CRLF torn in two, and edits that overlap.

    Each is minimal at its ends, but where that would tear a CRLF.
    """
    text, start, end = before + old + after, len(before), len(before + old)
    if within_crlf(text, start) or within_crlf(text, end):
        return  # no client has such a range
    store = opened(text, encoding)
    snapshot = store.get(URI)
    found = edits.changes(text, start, end, new)
    last = start
    for change in found:
        gone = text[change.start : change.end]
        assert last <= change.start <= change.end <= end
        assert not within_crlf(text, change.start)
        assert not within_crlf(text, change.end)
        assert gone or change.text
        if gone and change.text:
            assert gone[0] != change.text[0] or within_crlf(text, change.start + 1)
            assert gone[-1] != change.text[-1] or within_crlf(text, change.end - 1)
        last = change.end
    wire = edits.text_edits(snapshot, start, end, new)
    assert applied(store, wire) == before + new + after


def touched(old, new):
    """What is taken out and what is put in, edit by edit."""
    found = edits.changes(old, 0, len(old), new)
    return [(old[each.start : each.end], each.text) for each in found]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a = f(x, y)\n", "a = f(x, z)\n", [("y", "z")]),
        ("a\nb\nc\n", "a\nB\nc\n", [("b", "B")]),
        ("a\r\nb\r\n", "a\r\nx\r\nb\r\n", [("", "x\r\n")]),
        ("total = 1\nrest\ncount = 2\n", "sum = 1\nrest\nsum = 2\n",
         [("total", "sum"), ("count", "sum")]),
        ("same", "same", []),
        ("one two three", "vier", [("one two three", "vier")]),
        ("x = '😀'", "x = '😎'", [("😀", "😎")]),
    ],
)  # fmt: skip
def test_what_is_touched(old, new, expected):
    """Guards the cursor and the marks of lines that did not change, and confetti."""
    assert touched(old, new) == expected


def test_a_large_text_is_replaced_as_one():
    """Guards minutes of comparing."""
    old, new = ("\n".join(f"{word}{n}" for n in range(5_000)) for word in ("old", "new"))
    [(gone, put)] = touched(f"a{old}", f"a{new}")
    assert (gone, put) == (old.removesuffix("4999"), new.removesuffix("4999"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0, " * 2_000, "0, 1, " * 1_000),
        (") " * 2_000, "x) " * 1_000),
        ("a\n" * 9_000, "b\n" + "a\nb\n" * 4_000),
        (" ".join(f"a{n}" for n in range(3_000)), " ".join(f"{n % 3}{n}" for n in range(3_000))),
        ("\n".join(f"a{n}" for n in range(9_000)), "\n".join(f"a{n * 2}" for n in range(9_000))),
        ("0, " * 300 + "\n" + "".join(f"{'0, ' * 300}\n{n}\n" for n in range(150)),
         "".join(f"{'0, 1, ' * 150}\n{n}\n" for n in range(150))),
    ],
    ids=["words", "signs", "lines", "words and spaces", "lines in step", "many lines of words"],
)  # fmt: skip
def test_no_text_is_compared_for_ever(old, new, monkeypatch):
    """Guards the comparing of each comma with each, and again for every match that is found."""
    spent, find = [], SequenceMatcher.find_longest_match

    def counted(matcher, alo, ahi, blo, bhi):
        places = (matcher.b2j.get(token, ()) for token in matcher.a[alo:ahi])
        spent.append(sum(1 + len(each) for each in places))
        return find(matcher, alo, ahi, blo, bhi)

    monkeypatch.setattr(SequenceMatcher, "find_longest_match", counted)
    text = old
    for change in reversed(edits.changes(old, 0, len(old), new)):
        text = text[: change.start] + change.text + text[change.end :]
    assert text == new
    assert sum(spent) <= edits.MOST_STEPS


@given(old=repetitive, new=repetitive, most=st.integers(0, 200))
def test_they_make_the_new_text_whatever_is_not_compared(old, new, most):
    """Guards what is left over when the effort is spent in the middle of a text."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(edits, "MOST_STEPS", most)
        found = edits.changes(old, 0, len(old), new)
    text = old
    for change in reversed(found):
        text = text[: change.start] + change.text + text[change.end :]
    assert text == new


def test_one_line_of_many_that_are_alike():
    """Guards a change in a long text that is taken for one of all of it."""
    many = "x = 1\n" * 20_000
    assert touched(f"{many}a = 2\n{many}", f"{many}a = 3\n{many}") == [("2", "3")]


def test_of_a_snapshot_nothing_but_the_range():
    """Guards offsets of the range taken for offsets of the document."""
    snapshot = Snapshot.of("é😀\nab\n", 0, "plaintext")
    [edit] = edits.text_edits(snapshot, 3, 5, "aXb")
    assert (edit.range.start.line, edit.range.start.character, edit.new_text) == (1, 1, "X")
