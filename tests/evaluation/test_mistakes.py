"""Clean chunks, and mistakes of which each changes exactly what it says."""

import re
from itertools import combinations

import pytest
from checkpoints import python_files

from diffgem_engine.evaluation.chunks import LEAST, LEAST_WORDS, MOST, cut_chunks
from diffgem_engine.evaluation.mistakes import KINDS, SIGNS, make_mistakes
from diffgem_engine.evaluation.trees import NothingToCut, SourceFile
from diffgem_engine.evaluation.words import names_of, words_of

PYTHON = SourceFile(
    "é.py",
    "python",
    'def first(self, größe, value):  # the "é" in value\n'
    '    """Says value."""\n'
    "    return self.value + f'é {value!r} text' not in value\n",
)


@pytest.fixture(scope="module")
def chunks():
    files = [
        SourceFile(path.name, "python", path.read_text(encoding="utf-8"))
        for path in python_files(8)
    ]
    return cut_chunks(files, 60, seed=1)


@pytest.fixture(scope="module")
def mistakes(chunks):
    return make_mistakes(chunks, seed=1)


def of_kind(mistakes, kind):
    found = [each for made in mistakes for each in made if each.kind == kind]
    assert len(found) > 20
    return found


def test_words_are_code_where_they_stand():
    """Guards words out of strings and comments, and offsets that are bytes."""
    words = words_of(PYTHON)
    assert all(PYTHON.text[word.start : word.end] == word.text for word in words)
    said = [word.text for word in words]
    assert said[:9] == ["def", "first", "(", "self", ",", "größe", ",", "value", ")"]
    assert said.count("value") == 4
    assert not {"the", "Says", "text", "é"} & set(said)
    assert names_of(words) == ["first", "größe", "value"]
    assert words_of(SourceFile("a.txt", "plaintext", "some words")) == ()


def test_other_languages_have_words_too():
    text = "function add(first) {\n  return first.second + 'third'; // fourth\n}\n"
    words = words_of(SourceFile("a.js", "javascript", text))
    assert names_of(words) == ["add", "first", "second"]
    assert {"function", "return", "(", "{", "+", "."} <= {word.text for word in words}


def test_chunks_are_whole_lines_of_code(chunks):
    """Guards chunks that end within a line, overlap, or have nothing but text in them."""
    assert len(chunks) == 60
    for chunk in chunks:
        assert chunk.prefix + chunk.code + chunk.suffix == chunk.file.text
        assert LEAST <= len(chunk.code.encode()) <= MOST
        assert chunk.prefix.rsplit("\n", 1)[-1].strip() == ""
        assert chunk.suffix.split("\n", 1)[0].strip() == ""
        assert chunk.code == chunk.code.strip()
        assert len(chunk.own_words) >= LEAST_WORDS
    for one, other in combinations(chunks, 2):
        apart = one.end <= other.start or other.end <= one.start
        assert one.file is not other.file or apart


def test_no_line_is_too_long_in_bytes():
    """Guards a chunk of more tokens than a canvas has slots: each byte may be one."""
    text = "".join(f"名前{n} = 関数(引数の名前, {n}) + 別の関数(値{n})\n" for n in range(30))
    for chunk in cut_chunks([SourceFile("a.py", "python", text)], 9):
        assert LEAST <= len(chunk.code.encode()) <= MOST


def test_the_same_seed_cuts_and_breaks_the_same(chunks, mistakes):
    files = [*dict.fromkeys(chunk.file for chunk in chunks)]
    again = cut_chunks(files, 20, seed=3)
    assert [c.start for c in again] == [c.start for c in cut_chunks(files, 20, seed=3)]
    assert [c.start for c in again] != [c.start for c in cut_chunks(files, 20, seed=4)]
    assert make_mistakes(chunks, seed=1) == mistakes
    assert make_mistakes(chunks, seed=2) != mistakes


@pytest.mark.parametrize("text", ["", "x = 1\n" * 2, '"""\n' + "Only words here.\n" * 50 + '"""\n'])
def test_too_little_code_is_said_in_a_line(text):
    with pytest.raises(NothingToCut, match="give a larger --limit, or a --source"):
        cut_chunks([SourceFile("a.py", "python", text)], 10)


@pytest.mark.parametrize("kind", KINDS)
def test_a_mistake_changes_one_word(mistakes, kind):
    """Guards a mistake that is none, or that is somewhere else than it says."""
    for each in of_kind(mistakes, kind):
        assert each.wrong != each.right
        assert each.code.startswith(each.right, each.start)
        assert each.broken[each.start : each.end] == each.wrong
        mended = each.broken[: each.start] + each.right + each.broken[each.end :]
        assert mended == each.code != each.broken
        assert len(each.wrong) <= 24


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "stale"])
def test_all_but_a_rename_leave_the_file_alone(chunks, mistakes, kind):
    clean = {(chunk.prefix, chunk.code, chunk.suffix) for chunk in chunks}
    for each in of_kind(mistakes, kind):
        assert (each.prefix, each.code, each.suffix) in clean


def document(each):
    return each.prefix + each.broken + each.suffix


def test_a_wrong_name_is_one_of_the_file(mistakes):
    for each in of_kind(mistakes, "name"):
        assert re.fullmatch(r"\w{3,}", each.wrong)
        assert each.wrong in re.findall(r"\w+", each.prefix + each.code + each.suffix)


def test_a_typo_is_one_character_and_no_other_name(mistakes):
    for each in of_kind(mistakes, "typo"):
        right, wrong = each.right, each.wrong
        assert wrong not in re.findall(r"\w+", each.prefix + each.code + each.suffix)
        assert wrong[0] == right[0]
        assert wrong.isidentifier()
        changed = len(wrong) == len(right) and sum(map(str.__ne__, wrong, right)) == 1
        shorter = any(wrong == right[:i] + right[i + 1 :] for i in range(len(right)))
        doubled = any(wrong == right[:i] + right[i] + right[i:] for i in range(len(right)))
        assert changed + shorter + doubled == 1


def test_a_wrong_sign_is_one_of_its_group(mistakes):
    for each in of_kind(mistakes, "sign"):
        (group,) = [group for group in SIGNS if each.right in group]
        assert each.wrong in group


def test_no_sign_is_in_two_groups():
    signs = [sign for group in SIGNS for sign in group]
    assert len(signs) == len(set(signs))


def test_after_a_rename_the_old_name_stands_in_one_place_alone(chunks, mistakes):
    """Guards a rename that cannot be seen, and one that is not finished elsewhere."""
    files = {chunk.file.path: chunk.file.text for chunk in chunks}
    for each in of_kind(mistakes, "stale"):
        words = re.findall(r"\w+", document(each))
        assert words.count(each.wrong) == 1
        assert each.right in re.findall(r"\w+", each.prefix[-4000:])
        assert each.right not in re.findall(r"\w+", files[each.path])
        renamed = re.sub(rf"\b{each.right}\b", each.wrong, document(each))
        assert renamed == files[each.path]


def test_without_another_file_nothing_is_renamed(chunks):
    kinds = {each.kind for made in make_mistakes(chunks[:1]) for each in made}
    assert "stale" not in kinds
    assert {"token", "typo"} <= kinds
