import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol.types import Position, TextDocumentItem
from real_files import long_sources

from diffgem_lsp.documents import DocumentStore
from diffgem_lsp.holes.site import hole_at
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax import patience
from diffgem_lsp.syntax.grammars import parser_for
from diffgem_lsp.syntax.parses import Parses
from diffgem_lsp.syntax.patience import Patience
from diffgem_lsp.syntax.scopes import error_count, error_count_with, scope_starts
from diffgem_lsp.syntax.utf8 import Utf8
from diffgem_lsp.text.lines import Lines

PIECES = ("a", "bc", "é", "\n", "\n\n", "d_e\n")


def leaves(root):
    found, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        found.append((node.type, node.range))
        waiting.extend(node.children)
    return found


def edited(text, parses, chance):
    """With something put in, taken out, or both, anywhere."""
    start = chance.randrange(len(text.lines.text))
    end = min(len(text.lines.text), start + chance.choice([0, 0, 1, 9, 2_000]))
    new = "".join(chance.choices(PIECES, k=chance.choice([0, 1, 5, 1_500])))
    after = text.replaced(start, end, text.lines.replaced(start, end, new))
    return after, parses.replaced(text.byte(start), text.byte(end), after)


def test_a_cut_anywhere_is_a_fresh_parse():
    """Guards against an end that did not move with the text: half a name that stays half.

    Of names on lines of their own, every beginning is whole.
    """
    chance, parser = random.Random(1), parser_for("python")
    text = Utf8.of(Lines.of("".join(chance.choices(PIECES, k=9_000))))
    parses = Parses(parser, text, Patience())
    for _ in range(120):
        if chance.random() < 0.6:
            text, parses = edited(text, parses, chance)
        if chance.random() < 0.8:
            end = text.byte(chance.randrange(len(text.lines.text)))
            fresh = parser.parse(text.data[:end]).root_node
            assert leaves(parses.between(0, end).root_node) == leaves(fresh)


def test_a_stretch_is_a_fresh_parse_of_it():
    """Guards against a base that began elsewhere, and ranges that the parser keeps for others."""
    chance, parser = random.Random(2), parser_for("python")
    text = Utf8.of(Lines.of("".join(chance.choices(PIECES, k=9_000))))
    parses, start = Parses(parser, text, Patience()), 0
    for _ in range(120):
        if chance.random() < 0.7:
            text, parses = edited(text, parses, chance)
        lines = text.lines
        if (
            chance.random() < 0.3
            or start >= len(text.data)
            or text.data[start - 1 : start] != b"\n"
        ):
            start = text.byte(lines.start(chance.randrange(lines.count)))
        end = text.byte(chance.randrange(text.offset(start), len(lines.text) + 1))
        blank = bytes(10 if byte == 10 else 32 for byte in text.data[:start])
        fresh = parser.parse(blank + text.data[start:end]).root_node
        assert leaves(parses.between(start, end).root_node)[1:] == leaves(fresh)[1:]
        at = text.byte(chance.randrange(text.offset(start), text.offset(end) + 1))
        new = "".join(chance.choices(PIECES, k=3)).encode()
        grown = parser.parse(blank + text.data[start:at] + new + text.data[at:end]).root_node
        assert leaves(parses.imagined(start, end, at, new).root_node)[1:] == leaves(grown)[1:]


@given(
    st.lists(st.sampled_from(["x", " = ", "'é'", "(", ")", "\n", "漢", "😀", "\ud83d"])).map(
        "".join
    )
)
def test_what_is_read_piece_by_piece_is_a_parse_of_all(text):
    """Guards a character that two pieces share."""
    data, parser = Utf8.of(Lines.of(text)).data, parser_for("python")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(patience, "_CHUNK", 5)
        found = Patience().parse(parser, data, len(data), None)
    assert leaves(found.root_node) == leaves(parser.parse(data).root_node)


@pytest.fixture
def no_patience(monkeypatch):
    monkeypatch.setattr(patience, "SHORTEST", -1)
    monkeypatch.setattr(patience, "PER_BYTE", 0)


def test_a_parser_that_was_interrupted_starts_anew(monkeypatch):
    """Guards a parser, shared by all documents of a language, that goes on in another text."""
    parser, text = parser_for("python"), long_sources("python")[0]
    data = text.encode()
    expected = leaves(parser.parse(data).root_node)
    with monkeypatch.context() as patched:
        patched.setattr(patience, "SHORTEST", -1)
        impatient = Patience()
        assert impatient.parse(parser, b"x = [\n" * 9_000, 0, None).root_node.end_byte == 0
    assert impatient.is_over
    assert leaves(Patience().parse(parser, data, len(data), None).root_node) == expected


@pytest.mark.usefixtures("no_patience")
@pytest.mark.parametrize("language_id", ["python", "javascript", "c"])
@pytest.mark.parametrize("part", [0.3, 0.6, 1])
def test_a_request_in_which_a_text_is_given_up(language_id, part):
    """Guards an exception in the middle of a request, from the root to what is imagined."""
    text = long_sources(language_id)[0]
    now = Snapshot.of(text, int(len(text) * part), language_id)
    assert hole_at(now) is not None
    assert now.tree.is_given_up
    assert error_count(now.tree) == error_count_with(now.tree, now.offset, "f(") == 0
    assert scope_starts(now.tree, now.offset) == []
    assert now.tree.path(now.offset) == now.tree.at(0).path(1) == []
    later = now.at(now.offset)
    assert later.tree is None
    assert hole_at(later) is not None


def test_a_text_that_is_given_up_is_not_parsed_again(monkeypatch):
    """Guards a pause at every key; opened anew, or another document, it is parsed again."""
    store, item = DocumentStore(), TextDocumentItem("file:///a.lua", "lua", 1, "[" * 40_000)
    store.open(item)
    now = store.get(item.uri)
    assert now.tree.root.end_byte == 0
    with monkeypatch.context() as patched:
        patched.setattr(patience, "_parsed", None)
        for _ in range(3):
            now = now.replaced(now.offset, now.offset, "x").at(9)
            assert now.tree is None
            assert now.replaced(0, len(now.text), "x = 1", anew=True).tree is None
    assert store.snapshot(item.uri, Position(0, 0)).tree is None
    store.open(TextDocumentItem(item.uri, "lua", 2, "x = 1\n"))
    assert store.get(item.uri).tree.root.end_byte == 6


@pytest.mark.parametrize("before", ["", "(", "'"])
def test_a_long_text_as_people_write_it_is_parsed(before):
    """Guards the tree of a long file, also while something in it is open."""
    text = (before + "".join(long_sources("python")) * 9)[:999_999]
    now = Snapshot.of(text, len(text), "python")
    assert now.tree.covering(0, len(text)).root.end_byte > 0.9 * len(text)
    assert now.tree is not None
