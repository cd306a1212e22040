"""Text <-> ids: any text, and no way to type a special token."""

import pytest
from checkpoints import python_files, tiny_tokenizer
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import pre_tokenizers

from diffgem_engine.checkpoint.tokenizer import BYTES, RESERVED, SPECIALS, CodeTokenizer
from diffgem_engine.formats.native import SpecialIds

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates as well
ROUGH = st.sampled_from([*SPECIALS, "<reserved_9>", "\r\n", "\n    ", "\t", "\ufeff", "\x00", "𝄞"])


def mended(text):
    """Two halves of a pair that stand side by side are one character; others have no encoding."""
    paired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in paired)


@settings(max_examples=200, deadline=None)
@given(st.lists(ANY_TEXT | ROUGH).map("".join))
def test_any_text_comes_back(text):
    """Guards characters that the vocabulary lacks, and text that looks like a special token."""
    tokenizer = tiny_tokenizer()
    ids = tokenizer.encode(text)
    assert all(RESERVED <= i < tokenizer.size for i in ids)
    assert tokenizer.decode(ids) == mended(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\ud83db", "a\ufffdb"),
        ("\ude00", "\ufffd"),
        ("x\ud83d", "x\ufffd"),
        ("\ud83d\ude00", "😀"),
        ("\ud83d\ud83d\ude00", "\ufffd😀"),
    ],
)
def test_lone_surrogates_become_one_replacement_character(text, expected):
    """Guards an encoder that raises, or that eats the neighbour of what it cannot encode."""
    tokenizer = tiny_tokenizer()
    assert tokenizer.decode(tokenizer.encode(text)) == expected


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)) | st.just("\ufffd")))
def test_pieces_are_whole_characters(text):
    """Guards a canvas that shows the user's own 日本語 as six replacement characters."""
    tokenizer = tiny_tokenizer()
    ids = tokenizer.encode(text)
    pieces = tokenizer.pieces(ids)
    assert (len(pieces), "".join(pieces)) == (len(ids), text)


def test_pieces_of_what_is_no_text():
    """Guards noise that eats the tokens after it."""
    tokenizer = tiny_tokenizer()
    eom, ids = SpecialIds().eom, tokenizer.encode("é")
    assert len(ids) == 2
    assert tokenizer.pieces([eom, ids[0], *ids, ids[0]]) == ["", "", "\ufffd", "é", "\ufffd"]
    assert tokenizer.pieces([*ids[1:] * 5, eom, *ids])[-2:] == ["", "é"]
    assert tokenizer.pieces([]) == []
    assert tokenizer.pieces([tokenizer.size + 9]) == [""]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, tiny_tokenizer().size - 1)))
def test_pieces_of_noise_are_what_it_says(ids):
    """Guards a canvas that shows another text than the one that it becomes."""
    pieces = tiny_tokenizer().pieces(ids)
    assert (len(pieces), "".join(pieces)) == (len(ids), tiny_tokenizer().decode(ids))


def test_every_byte_has_a_letter_in_the_vocabulary():
    """Guards a table of ours that is not the tokenizers' own."""
    assert sorted(BYTES) == sorted(pre_tokenizers.ByteLevel.alphabet())
    assert sorted(BYTES.values()) == list(range(256))


@pytest.mark.parametrize("name", SPECIALS)
def test_a_special_token_cannot_be_typed(name):
    """Guards a file that ends its own hole by containing "<eom>"."""
    tokenizer = tiny_tokenizer()
    assert len(tokenizer.encode(name)) > 1
    assert tokenizer.decode(tokenizer.encode(f"x = '{name}'")) == f"x = '{name}'"


def test_special_ids_have_no_text():
    tokenizer = tiny_tokenizer()
    text = tokenizer.encode("pass")
    assert tokenizer.decode([SpecialIds().eom, *text, SpecialIds().pad]) == "pass"


def test_half_a_character_becomes_a_replacement():
    """Guards an exception out of a canvas that is still noise."""
    tokenizer = tiny_tokenizer()
    assert tokenizer.decode(tokenizer.encode("𝄞")[:1]) == "\ufffd"


def test_a_saved_vocabulary_is_the_same(tmp_path):
    """Guards a checkpoint whose tokenizer reads special tokens after a round trip."""
    tokenizer = tiny_tokenizer()
    tokenizer._tokenizer.save(str(tmp_path / "tokenizer.json"))
    loaded = CodeTokenizer.load(tmp_path / "tokenizer.json")
    text = python_files(1)[0].read_text(encoding="utf-8")[:3000] + "<eom>"
    assert loaded.encode(text) == tokenizer.encode(text)
    assert loaded.size == tokenizer.size


def test_a_new_line_and_its_indent_are_one_token():
    """Guards the pieces of the vocabulary: indents would take half of every canvas."""
    tokenizer = tiny_tokenizer()
    assert len(tokenizer.encode("\n        ")) == 1
    assert len(tokenizer.encode("\n\n    ")) <= 2
