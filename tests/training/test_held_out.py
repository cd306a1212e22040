"""Folders and files that are held out of the project they are in."""

import json

import pytest
from project_files import put, source

from diffgem_engine.training.corpus.collecting import collect
from diffgem_engine.training.corpus.documents import load_documents
from diffgem_engine.training.corpus.left_out import LeftOut
from diffgem_engine.training.errors import NothingToTrainOn, TrainError, UnknownProject


@pytest.fixture
def repository(tmp_path):
    """One project: modules beside each other, two packages beneath."""
    folder = tmp_path / "ours"
    put(folder / "pyproject.toml", '[project]\nname = "ours"\nlicense = "MIT"\n')
    put(folder / "main.py", source("main"))
    put(folder / "billing" / "a.py", source("billing_a"))
    put(folder / "billing" / "b.py", source("billing_b"))
    put(folder / "stock" / "a.py", source("stock_a"))
    return folder


def collected(folder, *held_out):
    return collect([folder], [str(word) for word in held_out], [], 10**6)


def paths(documents):
    return sorted(document.path for document in documents)


def test_a_folder_of_a_project_is_held_out(repository):
    """Guards a repository of one's own, of which no part could be kept to compare on."""
    corpus = collected(repository, repository / "billing")
    assert paths(corpus.train) == ["main.py", "stock/a.py"]
    assert paths(corpus.held_out) == ["billing/a.py", "billing/b.py"]


def test_a_file_is_held_out(repository):
    corpus = collected(repository, repository / "billing" / "a.py", repository / "main.py")
    assert paths(corpus.train) == ["billing/b.py", "stock/a.py"]
    assert paths(corpus.held_out) == ["billing/a.py", "main.py"]


def test_a_part_stands_beside_its_project_in_the_manifest(repository):
    """Guards a card that counts held-out text as trained on, or calls its licence unknown."""
    manifest = collected(repository, repository / "billing").manifest()
    assert {name: entry["held_out"] for name, entry in manifest.items()} == {
        "ours": False, "ours/billing": True,
    }  # fmt: skip
    assert {entry["licence"] for entry in manifest.values()} == {"MIT"}


def test_a_file_that_a_part_shares_with_the_rest_is_not_trained_on(repository):
    put(repository / "stock" / "copy.py", source("billing_a"))
    assert paths(collected(repository, repository / "billing").train) == ["main.py", "stock/a.py"]


def test_a_part_is_read_as_the_rest_is(repository):
    """Guards rules of the project that end at a held-out folder, and files counted twice."""
    put(repository / ".gitignore", "b.py\n")
    put(repository / "billing" / "note.py", "x = 1\n")
    corpus = collected(repository, repository / "billing")
    assert paths(corpus.held_out) == ["billing/a.py"]
    assert corpus.left_out == {LeftOut.IGNORED: 1, LeftOut.SIZE: 1}


def test_a_path_around_projects_holds_them_out(repository):
    """Guards a project that is given by its path, and whose vendored copies are trained on."""
    put(repository.parent / "theirs" / "theirs" / "t.py", source("theirs"))
    put(repository.parent / "theirs" / "ours" / "vendored.py", source("vendored"))
    corpus = collect([repository.parent], [f"{repository}/"], [], 10**6)
    assert {document.project for document in corpus.held_out} == {"ours"}
    assert paths(corpus.train) == ["theirs/t.py"]


def test_a_link_to_a_source_is_the_source(repository):
    """Guards paths that are compared by what they are called."""
    link = repository.parent / "link"
    link.symlink_to(repository)
    assert paths(collected(link, repository / "billing").held_out) == [
        "billing/a.py",
        "billing/b.py",
    ]
    assert paths(collected(repository, link / "billing").train) == ["main.py", "stock/a.py"]


def test_a_path_that_holds_nothing_out_is_refused(repository):
    """Guards a typing error, and an evaluation on what was trained on."""
    put(repository / "empty" / "note.md", "text")
    put(repository.parent / "elsewhere" / "a.py", source("elsewhere"))
    with pytest.raises(TrainError, match=r"--hold-out \S+/biling: no such folder or file"):
        collected(repository, repository / "biling")
    with pytest.raises(TrainError, match=r"--hold-out \S+/elsewhere lies in no --source"):
        collected(repository, repository.parent / "elsewhere")
    with pytest.raises(NothingToTrainOn, match="nothing to hold out of ours/empty"):
        collected(repository, repository / "empty")


def test_of_many_paths_some_may_be_empty(repository):
    """Guards `--hold-out ours/*`, which a folder without Python in it would end."""
    put(repository / "empty" / "note.md", "text")
    corpus = collected(repository, repository / "empty", repository / "billing")
    assert paths(corpus.held_out) == ["billing/a.py", "billing/b.py"]


def test_a_folder_that_is_given_as_a_name_is_told_how(repository):
    advice = r"give a folder or a file as a path: \./billing"
    with pytest.raises(UnknownProject, match=rf"billing: no such project; .* ours; {advice}"):
        collected(repository, "billing")


def test_a_path_is_the_same_run_from_everywhere(train, source, tmp_path, monkeypatch):
    """Guards `--hold-out alpha/a.py`, which is another path in another folder."""
    held = next((source / "alpha").glob("*.py"))
    monkeypatch.chdir(source)
    assert train("--source", ".", "--hold-out", f"alpha/{held.name}")[0] == 0
    monkeypatch.chdir(tmp_path)
    assert train("--source", str(source), "--hold-out", str(held))[0] == 0
    assert train("--hold-out", "source/beta")[0] == 2
    origin = json.loads((tmp_path / "run" / "corpus" / "origin.json").read_text())
    assert origin["hold_out"] == [str(held)]
    documents = load_documents(tmp_path / "run" / "corpus" / "held_out.jsonl")
    assert [document.path for document in documents] == [held.name]
