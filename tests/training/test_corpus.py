"""The corpus in its files: whole or refused; and what the manifest says of it."""

import json
from collections import Counter

import pytest
from project_files import source

from diffgem_engine.training.corpus.documents import (
    Corpus,
    Document,
    check_manifest,
    load_documents,
)
from diffgem_engine.training.corpus.left_out import LeftOut
from diffgem_engine.training.errors import CorpusDamaged

CORPUS = Corpus(
    [Document("alpha", "a.py", source("one")), Document("alpha", "b\udcff.py", source("two"))],
    [Document("beta", "c.py", source("three"))],
    {"alpha": "MIT"},
    Counter({LeftOut.IGNORED: 3, LeftOut.SECRET: 1}),
)


def test_the_corpus_comes_back_from_its_files(tmp_path):
    CORPUS.save(tmp_path / "out")
    assert load_documents(tmp_path / "out" / "train.jsonl") == CORPUS.train
    assert load_documents(tmp_path / "out" / "held_out.jsonl") == CORPUS.held_out
    check_manifest(tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "held_out.jsonl", "manifest.json", "summary.json", "train.jsonl",
    ]  # fmt: skip


def test_the_manifest_names_projects_sizes_licences_and_sides(tmp_path):
    """Guards the model card: it is written from this."""
    CORPUS.save(tmp_path)
    assert json.loads((tmp_path / "manifest.json").read_text()) == {
        "alpha": {
            "characters": len(source("one")) + len(source("two")),
            "licence": "MIT",
            "held_out": False,
        },
        "beta": {"characters": len(source("three")), "licence": "unknown", "held_out": True},
    }


def test_the_summary_counts_files_and_what_was_left_out(tmp_path):
    CORPUS.save(tmp_path)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert (summary["train"], summary["held_out"]) == (2, 1)
    assert {name: count for name, count in summary["left_out"].items() if count} == {
        "ignored": 3, "with secrets": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'["a", "b.py", "x', 1),
        (b'["a", "b.py", "x"]\n["a", "c.py"]\n', 2),
        (b'{"a": 1}\n', 1),
        (b'["a", "b.py", 3]\n', 1),
        (b"\xff\xfe", 1),
        (b"\n", 1),
    ],
)
def test_damaged_documents_are_named_with_their_line(tmp_path, content, line):
    """Guards a traceback of the JSON module over a copy that broke off."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(content)
    said = rf"train\.jsonl is damaged \(line {line} is no document\); copy it back"
    with pytest.raises(CorpusDamaged, match=said):
        load_documents(path)


def test_documents_that_are_gone(tmp_path):
    with pytest.raises(CorpusDamaged, match=r"\(No such file or directory\); copy it back, or"):
        load_documents(tmp_path / "train.jsonl")


@pytest.mark.parametrize("content", [b"", b'{"alpha": {"char', b"\xff", b"[" * 10**5])
def test_a_damaged_manifest(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(CorpusDamaged, match=r"manifest\.json is damaged \(it .*\); copy it back"):
        check_manifest(tmp_path)


def test_a_manifest_of_nothing(tmp_path):
    (tmp_path / "manifest.json").write_text("[1, 2]")
    with pytest.raises(CorpusDamaged, match=r"manifest\.json is damaged \(it names no projects\)"):
        check_manifest(tmp_path)
