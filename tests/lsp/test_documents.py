import logging
import random
from itertools import pairwise

import pytest
from lsprotocol.types import (
    Position,
    Range,
    TextDocumentContentChangePartial,
    TextDocumentContentChangeWholeDocument,
    TextDocumentItem,
    VersionedTextDocumentIdentifier,
)
from text_oracle import PIECES, index_of, line_starts, text_of, units_of

from diffgem_lsp.documents import MANY, DocumentStore, Edit
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax import utf8
from diffgem_lsp.syntax.trees import LARGEST, SyntaxTree
from diffgem_lsp.text.lines import Lines
from diffgem_lsp.text.positions import UTF16

URI = "file:///a.py"
EDITS = 10_000  # in each encoding


def store_of(text, language_id="python", encoding=UTF16):
    store = DocumentStore()
    store.encoding = encoding
    store.open(TextDocumentItem(URI, language_id, 1, text))
    return store


def partial(start, end, text):
    return TextDocumentContentChangePartial(Range(Position(*start), Position(*end)), text)


def change(store, *changes, version=2, uri=URI):
    store.change(VersionedTextDocumentIdentifier(version, uri), changes)


def random_edit(chance, units, encoding):
    """Mostly small, anywhere, now and then back to front or outside of the text."""
    lines = len(line_starts(units))
    ends = [(chance.randrange(lines + 1), chance.randrange(12)) for _ in "ab"]
    if chance.random() < 0.93:
        ends[1] = (ends[0][0], ends[0][1] + chance.randrange(3))
    if len(units) > 150:
        ends = [(0, chance.randrange(9)), (lines - chance.randrange(5), chance.randrange(9))]
    new = "".join(chance.choices(PIECES, k=chance.choice([0, 1, 1, 2, 5])))
    return partial(*ends, new)


def edited(units, edit, encoding):
    ends = sorted((where.line, where.character) for where in (edit.range.start, edit.range.end))
    start, end = (index_of(units, *where, encoding) for where in ends)
    spliced = units[:start] + units_of(edit.text, encoding) + units[end:]
    return units_of(text_of(spliced, encoding), encoding)


def check(now, units, encoding, chance):
    assert now.text == text_of(units, encoding)
    assert list(now.lines.starts) == line_starts([ord(char) for char in now.text])
    place = (chance.randrange(now.lines.count + 1), chance.randrange(12))
    wanted = units[: index_of(units, *place, encoding)]
    offset = now.offset_of(Position(*place))
    if text_of(wanted, encoding) == now.text[:offset]:
        assert now.offset_of(now.position(offset)) == offset
    else:  # inside a surrogate pair
        assert text_of(wanted[:-1], encoding) == now.text[:offset]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_random_edits_give_the_text_that_the_client_has(encoding):
    """Guards against every drift between the client's text and ours, and of the line index."""
    chance = random.Random(encoding)
    store, units = store_of("", "plaintext", encoding), []
    for _ in range(EDITS):
        edit = random_edit(chance, units, encoding)
        units = edited(units, edit, encoding)
        change(store, edit)
        check(store.get(URI), units, encoding, chance)


def test_edits_report_what_they_did():
    """Guards against listeners that cannot replay the user's edits on the text they know."""
    chance = random.Random(5)
    store, replayed = store_of("a\ud83d"), ["a\ud83d"]

    def replay(now, edits):
        for edit in edits:
            text = replayed[0]
            assert text[edit.start :].startswith(edit.removed)
            rest = text[edit.start + len(edit.removed) :]
            replayed[0] = text[: edit.start] + edit.inserted + rest
        assert replayed[0] == now.text

    store.listeners.append(replay)
    for _ in range(300):
        edit = random_edit(chance, units_of(replayed[0], "utf-16"), "utf-16")
        change(store, edit, edit)


def test_halves_that_meet_are_joined():
    """Guards against an emoji typed as two edits that stays two lone surrogates."""
    store = store_of("ab")
    change(store, partial((0, 1), (0, 1), "\ud83d"))
    assert store.get(URI).text == "a\ud83db"
    change(store, partial((0, 2), (0, 2), "\ude00"))
    assert store.get(URI).text == "a😀b"
    change(store, partial((0, 1), (0, 3), "\ud83dx\ude00"), partial((0, 2), (0, 3), ""))
    assert store.get(URI).text == "a😀b"
    assert store_of("\ud83d" + "\ude00").get(URI).text == "😀"


def test_changes_of_one_notification_apply_in_order():
    """Guards against positions of a later change resolved in the text before the first."""
    store = store_of("ab")
    change(store, partial((0, 0), (0, 0), "x\n"), partial((1, 1), (1, 2), "c"))
    assert store.get(URI).text == "x\nac"


@pytest.mark.parametrize("language_id", ["python", "plaintext"])
def test_many_changes_at_once_are_as_many_in_a_row(language_id):
    """Guards what listeners hear, and the tree, of all that is replaced in one notification."""
    chance = random.Random(language_id)
    text = "é = f(1, '😀')\r\nreturn x\n" * 200
    at_once, in_a_row = store_of(text, language_id), store_of(text, language_id)
    heard = [[], []]
    for store, told in zip((at_once, in_a_row), heard, strict=True):
        store.listeners.append(lambda now, edits, told=told: told.append((now.text, edits)))
    changes = [random_edit(chance, [], UTF16) for _ in range(3 * MANY)]
    changes += [partial((line, 0), (line, 1), "name") for line in range(0, 300, 3)]
    change(at_once, *changes)
    for each in changes:
        change(in_a_row, each)
    [(now, edits)] = heard[0]
    assert edits == [edit for _, told in heard[1] for edit in told]
    assert now == heard[1][-1][0] == in_a_row.get(URI).text
    assert at_once.get(URI).revision == in_a_row.get(URI).revision
    assert list(at_once.get(URI).lines.starts) == list(in_a_row.get(URI).lines.starts)
    if language_id == "python":
        trees = [store.get(URI).tree for store in (at_once, in_a_row)]
        assert trees[0].data == trees[1].data == utf8.encoded(now)
        assert trees[0].root.byte_range == trees[1].root.byte_range


def test_many_changes_edit_no_tree(monkeypatch):
    """Guards a copy of the text's bytes, and of its trees, for each of thousands of changes."""
    store = store_of("x = 1\n" * 4_000)
    assert store.get(URI).tree.root.end_byte > 0
    monkeypatch.setattr(SyntaxTree, "replaced", None)
    monkeypatch.setattr(utf8, "encoded", None)
    change(store, *(partial((line, 0), (line, 1), "é") for line in range(4_000)))
    monkeypatch.undo()
    assert store.get(URI).tree.data == ("é = 1\n" * 4_000).encode()


def test_full_sync_replaces_the_text():
    """Guards against clients without incremental sync."""
    store = store_of("a\nb")
    change(store, TextDocumentContentChangeWholeDocument("c\rd\r\n"))
    assert store.get(URI).text == "c\rd\r\n"
    assert list(store.get(URI).lines.starts) == [0, 2, 5]


def test_snapshots_do_not_move():
    """Guards against a request that sees text typed after it was made."""
    store = store_of("f(a)\n")
    before = store.snapshot(URI, Position(0, 3))
    change(store, partial((0, 0), (0, 0), "é = 1\n"), version=7)
    assert (before.text, before.prefix, before.suffix) == ("f(a)\n", "f(a", ")\n")
    assert (before.version, store.get(URI).version) == (1, 7)
    assert before.tree.root.end_byte == 5


def test_currency_does_not_trust_versions():
    """Guards against late text when a client repeats a version or opens a document again."""
    store = store_of("a")
    before = store.get(URI)
    assert store.is_current(before.at(1))
    change(store, partial((0, 0), (0, 0), "x"), version=before.version)
    assert not store.is_current(before)
    now = store.get(URI)
    store.close(URI)
    assert not store.is_current(now)
    store.open(TextDocumentItem(URI, "python", now.version, now.text))
    assert not store.is_current(now)


@pytest.mark.parametrize("version", [0, 1, -3])
def test_a_version_out_of_order_still_applies(version):
    """Guards against a text that falls behind a client which does not count upwards."""
    store = store_of("a")
    change(store, partial((0, 1), (0, 1), "b"), version=version)
    assert (store.get(URI).text, store.get(URI).version) == ("ab", version)


def test_what_is_not_open_is_left_alone(caplog):
    """Guards against a crash, or a document made of one edit, for a client out of step."""
    store, told = DocumentStore(), []
    store.listeners.append(lambda *_: told.append(1))
    with caplog.at_level(logging.WARNING):
        change(store, partial((0, 0), (0, 0), "x"))
        store.close(URI)
    assert store.get(URI) is None
    assert store.snapshot(URI, Position(0, 0)) is None
    assert told == []
    assert len(caplog.records) == 2


def test_an_edit_tells_what_was_replaced():
    """Guards against offsets in client units at the listeners."""
    store, told = store_of("😀é\n"), []
    store.listeners.append(lambda now, edits: told.append((now.version, edits)))
    change(store, partial((0, 2), (0, 3), "e"), partial((1, 0), (1, 0), "!"))
    assert told == [(2, [Edit(1, "é", "e"), Edit(3, "", "!")])]


def test_a_thought_does_not_touch_the_document():
    """Guards against filters that check a candidate and so type it."""
    store = store_of("f(\n")
    now = store.snapshot(URI, Position(0, 2))
    thought = now.replaced(2, 2, "a)")
    assert (thought.text, thought.offset) == ("f(a)\n", 4)
    assert not thought.tree.root.has_error
    assert store.get(URI).text == "f(\n"
    assert store.is_current(now)


def test_a_text_that_is_too_long_has_no_tree():
    """Guards against a pause for a parse of minified or generated text, at opening or after."""
    snapshot = Snapshot.of("x" * (LARGEST - 1), 0, "python")
    assert snapshot.tree is not None
    longer = snapshot.replaced(0, 0, "yy")
    assert longer.tree is None
    assert longer.replaced(0, 2, "").tree is not None
    assert Snapshot.of(longer.text, 0, "python").tree is None


def test_rows_count_line_feeds_only():
    """Guards against tree-sitter told of rows that it does not count, at a lone carriage return."""
    for lines in (
        Lines.of("a\r\nb\n\nc"),
        Lines.of("a\rb\r\n\rc\n"),
        Lines.of("").replaced(0, 0, "\r"),
    ):
        for offset in range(len(lines.text) + 1):
            assert lines.newlines_before(offset) == lines.text[:offset].count("\n")


def test_text_stays_out_of_logs():
    """Guards against a user's code in the log by way of a snapshot's repr."""
    assert "secret" not in repr(Snapshot.of("secret = 1", 0, "python"))


def test_lines_cover_the_text():
    """Guards against text of a line that holds its ending, or misses a character."""
    text = "a\r\n\rb\n\r\r\n c"
    lines = Snapshot.of(text, 0, "plaintext").lines
    assert [lines.line_text(line) for line in range(lines.count)] == ["a", "", "b", "", "", " c"]
    assert "".join(text[a:b] for a, b in pairwise([*lines.starts, len(text)])) == text
    assert lines.line_and_column(len(text)) == (5, 2)
