"""Which lines are asked for, and what the model may see of their file."""

from checkpoints import python_files

from diffgem_engine.evaluation.cases import PREFIX, SUFFIX, line_cases
from diffgem_engine.training.corpus.documents import Document

REAL = [Document("real", path.name, path.read_text(encoding="utf-8")) for path in python_files(5)]
HEAD = "".join(f"line_{number} = {number}\n" for number in range(10))


def cases_of(*lines, count=100):
    """After ten lines, which are too near the start to be asked for."""
    return line_cases([Document("p", "a.py", HEAD + "\n".join(lines))], count)


def test_a_case_is_a_line_of_its_file():
    """Guards a middle that is also in the prefix or the suffix: the answer would be given away."""
    texts = [document.text for document in REAL]
    cases = line_cases(REAL, 200)
    assert len(cases) == 200
    for case in cases:
        assert any(case.prefix + case.expected in text for text in texts)
        assert not case.expected.startswith((" ", "\t"))
        assert case.prefix.rpartition("\n")[2].strip() == ""
        assert case.suffix == "" or case.suffix.lstrip(" \t").startswith("\n")
        assert len(case.prefix) <= PREFIX + len(case.expected)
        assert len(case.suffix) <= SUFFIX


def test_a_long_file_is_seen_from_the_start_of_a_line():
    """Guards a context that begins in the middle of a word."""
    long_ones = [case for case in line_cases(REAL, 300) if len(case.prefix) > PREFIX - 200]
    assert len(long_ones) > 20
    for case in long_ones:
        assert any("\n" + case.prefix in "\n" + document.text for document in REAL)


def test_only_lines_with_code_are_asked_for():
    """Guards a score made of blank lines, comments and closing brackets."""
    found = cases_of("    value = 1", "", "   # a comment", ")", "x" * 101, "pass", "\t")
    assert sorted(case.expected for case in found) == ["pass", "value = 1"]
    assert "    " in {case.prefix.rpartition("\n")[2] for case in found}


def test_the_first_lines_of_a_file_are_not_asked_for():
    """Guards imports and licences, which nobody could guess."""
    assert cases_of() == []


def test_the_choice_is_the_same_every_time_and_has_no_more_than_asked_for():
    """Guards scores of two models on different lines."""
    assert line_cases(REAL, 30) == line_cases(REAL, 30)
    assert line_cases(REAL, 30) == line_cases(REAL, 60)[:30]
    assert line_cases(REAL, 30, seed=1) != line_cases(REAL, 30)
    assert len(cases_of("value = 1", "value = 2", count=1)) == 1
