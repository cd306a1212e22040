"""Which problems are read, and what is said of a file that holds none."""

import gzip
import json
from itertools import pairwise

import pytest
from problem_files import FIELDS, problem, write

from diffgem_engine.evaluation.problems import (
    BenchmarkUnreadable,
    load_problems,
    program,
    spread,
)

LINE = json.dumps(FIELDS)


@pytest.mark.parametrize("name", ["some.jsonl", "some.jsonl.gz"])
def test_a_file_is_read_in_either_form(tmp_path, name):
    """Guards the order, and the fields that a newer file may have beside ours."""
    problems = [problem(task_id=f"a/{number}") for number in range(3)]
    assert load_problems(write(tmp_path / name, problems, note="new")) == problems


def test_a_name_says_nothing_of_what_is_inside(tmp_path):
    """Guards a file that a browser unpacked, or packed, without renaming it."""
    packed = tmp_path / "some.jsonl"
    packed.write_bytes(gzip.compress(f"{LINE}\n\n".encode()))
    assert load_problems(packed) == [problem()]


def test_a_line_separator_within_a_string_ends_no_line(tmp_path):
    text = "x = '\u2028\u0085'\n"
    path = tmp_path / "some.jsonl"
    path.write_text(json.dumps({**FIELDS, "prompt": text}, ensure_ascii=False), encoding="utf-8")
    assert load_problems(path)[0].prompt == text


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", None, "does not exist"),
        ("a.jsonl", b"", "is empty"),
        ("a.jsonl", b"\n \n", "is empty"),
        ("a.jsonl.gz", b"", "is empty"),
        ("a.jsonl.gz", gzip.compress(b"", mtime=0), "is empty"),
        ("a.jsonl.gz", b"{}", "is not a gzip file"),
        ("a.jsonl.gz", gzip.compress(LINE.encode(), mtime=0)[:-9], "is a damaged gzip file"),
        ("a.jsonl.gz", gzip.compress(LINE.encode(), mtime=0)[:12], "is a damaged gzip file"),
        ("a.jsonl.gz", gzip.compress(LINE.encode(), mtime=0)[:-5] + b"xxxxx", "or a damaged one"),
        ("a.jsonl.gz", gzip.compress(b"", mtime=0)[:10] + b"\xff" * 20, "is a damaged gzip file"),
        ("a.jsonl", b"\xff\xfe", "is not UTF-8 text"),
        ("a.jsonl", f"{LINE}\n\n{{'a': 1}}\n".encode(), "line 3 is not JSON"),
        ("a.jsonl", b"[" * 100_000, "line 1 is not JSON"),
        ("a.jsonl", b"[1, 2]", "line 1 is not a JSON object"),
        ("a.jsonl", f"{LINE}\n{{}}".encode(), "line 2 has no field 'task_id'"),
        ("a.jsonl", json.dumps({**FIELDS, "suffix": None}).encode(), "field 'suffix' is not a str"),
        ("a.jsonl", json.dumps({**FIELDS, "test": 1}).encode(), "line 1: the field 'test' is not"),
        (
            "a.jsonl",
            json.dumps({**FIELDS, "test": "\ud800"}).encode(),
            "'test' is no text",
        ),
        ("a.jsonl", f"{LINE}\n{LINE}".encode(), "has 'Ours/0' more than once"),
    ],
)
def test_a_file_without_problems_is_told_in_a_sentence(tmp_path, name, content, message):
    """Guards a traceback in place of an explanation."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BenchmarkUnreadable, match=message) as caught:
        load_problems(path)
    assert str(caught.value).startswith(str(path))
    assert "give" in str(caught.value)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(BenchmarkUnreadable, match="cannot be read: Is a directory"):
        load_problems(tmp_path)


@pytest.mark.parametrize("missing", FIELDS)
def test_every_field_is_needed(tmp_path, missing):
    path = tmp_path / "some.jsonl"
    path.write_text(json.dumps({name: text for name, text in FIELDS.items() if name != missing}))
    with pytest.raises(BenchmarkUnreadable, match=f"line 1 has no field '{missing}'"):
        load_problems(path)


def test_the_program_is_the_text_in_its_order():
    """Guards a middle that is stripped or indented on its way."""
    text = program(problem(), "  MIDDLE\n")
    assert text == FIELDS["prompt"] + "  MIDDLE\n" + FIELDS["suffix"] + "\n" + FIELDS["test"] + (
        "\ncheck(double)"
    )


@pytest.mark.parametrize(("count", "limit"), [(10, 3), (100, 7), (5, 5), (5, 9), (5, None), (9, 1)])
def test_a_choice_is_spread_over_the_file(count, limit):
    """Guards the first N, which are holes in the same few functions."""
    problems = [problem(task_id=str(number)) for number in range(count)]
    chosen = [int(each.task_id) for each in spread(problems, limit)]
    assert chosen == [int(each.task_id) for each in spread(problems, limit)]
    assert len(chosen) == min(count, limit or count)
    ends = [-1 - chosen[0], *chosen, 2 * count - 1 - chosen[-1]]  # mirrored at both ends
    gaps = {after - before for before, after in pairwise(ends)}
    assert max(gaps) - min(gaps) <= 2
    assert min(gaps) > 0


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_an_error(limit):
    with pytest.raises(ValueError, match="at least 1"):
        spread([problem()], limit)
