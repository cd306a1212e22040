"""Holes cut out of source files."""

import pytest
from checkpoints import python_files

from diffgem_engine.evaluation.cuts import KINDS, cut_holes
from diffgem_engine.evaluation.trees import NothingToCut, SourceFile, source_files

JAVASCRIPT = """
import { a } from "somewhere";
// says what it does
function first(one, two) {
  const text = "some words";
  call(one, two);
  return one + two;
}
/* more */
export class Second {
  method(value) {
    if (value) {
      return this.first(value, "other");
    }
  }
}
"""


def python():
    return [
        SourceFile(path.name, "python", path.read_text(encoding="utf-8"))
        for path in python_files(8)
    ]


def test_every_kind_is_what_it_says():
    """Guards holes that reach over their line, cut words off, or leave no code to fill."""
    holes = cut_holes(python(), 240, seed=1)
    assert {hole.kind for hole in holes} == set(KINDS)
    for hole in holes:
        before = hole.prefix.rsplit("\n", 1)[-1]
        after = hole.suffix.split("\n", 1)[0]
        assert hole.prefix + hole.expected + hole.suffix == hole.file.text
        assert hole.expected.strip()
        if hole.kind in ("line", "rest", "comment"):
            assert after.strip() == ""
            assert "\n" not in hole.expected
        if hole.kind in ("line", "body"):
            assert before.strip() == ""
            assert not hole.expected.startswith((" ", "\n"))
        if hole.kind == "rest":
            assert before.strip()
            assert len(hole.expected) >= 3
        if hole.kind == "comment":
            assert before.rstrip().endswith("#")
        if hole.kind == "arguments":
            assert before.endswith("(")
            assert after.startswith(")")
        if hole.kind == "string":
            assert before.endswith(('"', "'"))
            assert after.startswith(('"', "'"))
        if hole.kind == "body":
            above = hole.prefix.rstrip().rsplit("\n", 1)[-1]
            assert above.rstrip().endswith(":") or "#" in above


def test_holes_are_the_same_for_the_same_seed():
    """Guards two checkpoints that are measured on different holes."""
    one, two, other = (cut_holes(python(), 30, seed=seed) for seed in (3, 3, 4))
    assert one == two
    assert one != other


def test_there_are_as_many_of_each_kind():
    holes = cut_holes(python(), 60)
    counts = {kind: sum(hole.kind == kind for hole in holes) for kind in KINDS}
    assert set(counts.values()) == {10}


def test_a_tree_without_a_kind_has_the_others():
    """Guards a search without end for a comment, where nobody has written one."""
    text = "def f(a):\n    return a\n\n\n" * 30
    holes = cut_holes([SourceFile("a.py", "python", text)], 60)
    kinds = {hole.kind for hole in holes}
    assert {"line", "rest", "body"} <= kinds
    assert "comment" not in kinds


def test_other_languages_have_every_kind():
    file = SourceFile("a.js", "javascript", JAVASCRIPT * 3)
    holes = cut_holes([file], 60)
    assert {hole.kind for hole in holes} == set(KINDS)
    bodies = [hole.expected for hole in holes if hole.kind == "body"]
    assert all(body.count("{") == body.count("}") for body in bodies)


def test_source_files_are_code_of_people(tmp_path):
    """Guards environments, data and secrets among what is evaluated on."""
    code = "value = compute(other)\n" * 30
    wanted = {"a.py": code, "deep/b.js": "call(one, two);\n" * 30}
    others = {
        ".venv/c.py": code, "node_modules/d.js": code, "e.txt": code, "f.py": "x = 1\n",
        "g.py": "x = [" + "1, " * 500 + "]\n" + code,
    }  # fmt: skip
    for name, text in {**wanted, **others}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "h.py").write_bytes(b"\xff\xfe" + code.encode())
    (tmp_path / "crlf.py").write_bytes(code.replace("\n", "\r\n").encode())
    found = {file.path: file for file in source_files(tmp_path)}
    assert set(found) == {*wanted, "crlf.py"}
    assert found["crlf.py"].text == code
    assert found["deep/b.js"].language_id == "javascript"


@pytest.mark.parametrize("name", ["none", "empty"])
def test_a_folder_with_nothing_in_it_is_bad_input(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToCut, match=r"--source"):
        source_files(tmp_path / name)
