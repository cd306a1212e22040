"""Weights that are to ship are measured on what they were not trained on."""

import json

import pytest

from shipping.unseen import SHORT, check_held_out, check_run
from shipping.weights import Unfit

LONG = "def f(x):\n    return x\n" * SHORT


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "run" / "corpus"
    folder.mkdir(parents=True)
    write(folder / "train.jsonl", ["flask", "flask/app.py", LONG], ["flask", "flask/a.py", "\n"])
    write(folder / "held_out.jsonl", ["luigi", "luigi/a.py", "\n"])
    return folder


@pytest.fixture
def source(tmp_path):
    (tmp_path / "held" / "luigi").mkdir(parents=True)
    (tmp_path / "held" / "luigi" / "a.py").write_text("x = 1\n")
    return tmp_path / "held"


def write(path, *documents):
    path.write_text("".join(json.dumps(each) + "\n" for each in documents))


def test_what_was_held_out_is_no_matter(corpus, source):
    check_run(corpus.parent / "model", corpus)
    check_held_out(source, corpus)


def test_a_project_that_was_trained_on(corpus, source):
    """Guards a scorecard of what the model knows by heart."""
    (source / "Flask").mkdir()
    (source / "Flask" / "app.py").write_text("x = 1\n")
    with pytest.raises(Unfit, match=r"flask is in .*train\.jsonl"):
        check_held_out(source, corpus)


def test_a_file_that_was_trained_on_under_another_name(corpus, source):
    copied = ["luigi", "luigi/app.py", LONG.replace("    ", "\t")]
    write(corpus / "held_out.jsonl", copied, [*copied[:1], "luigi/other.py", LONG])
    with pytest.raises(Unfit, match=r"luigi/app\.py \(and 1 more\)"):
        check_held_out(source, corpus)


def test_the_corpus_of_another_run(corpus, tmp_path):
    """It may hold out what this run was trained on."""
    (tmp_path / "other" / "corpus").mkdir(parents=True)
    with pytest.raises(Unfit, match="was trained on"):
        check_run(tmp_path / "other" / "model", corpus)
