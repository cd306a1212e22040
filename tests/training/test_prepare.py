"""A run's corpus and vocabulary: made once, found again, refused when damaged."""

import json

import pytest
from project_files import put, source
from small_disk import full_disk

from diffgem_engine.training.errors import CorpusDamaged, DiskFull, TrainError
from diffgem_engine.training.prepare import prepare
from diffgem_engine.training.recipe import Recipe

RECIPE = Recipe()


@pytest.fixture
def options(tmp_path):
    for number in range(3):
        put(tmp_path / "src" / "alpha" / f"{number}.py", source(f"name{number}"))
    put(tmp_path / "src" / "alpha" / "again.py", source("name0"))
    put(tmp_path / "src" / "alpha" / "bad.py", source("b") + 'TOKEN = "ghp_' + "a1B2" * 9 + '"\n')
    put(tmp_path / "src" / "beta" / "b.py", source("other"))
    return {"source": (str(tmp_path / "src"),), "hold_out": ("beta",), "vocab": 300}


@pytest.fixture
def run(tmp_path, options):
    prepare(tmp_path / "run", options, RECIPE)
    return tmp_path / "run"


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_says_what_was_found_and_what_was_left_out(tmp_path, options, capsys):
    """Guards a corpus that nobody can explain: one line, and the same in the summary."""
    prepare(tmp_path, options, RECIPE)
    said = capsys.readouterr().out.splitlines()
    assert said[1] == "3 files to train on, 1 held out; left out: 1 with secrets, 1 duplicates"
    summary = json.loads((tmp_path / "corpus" / "summary.json").read_text())
    assert (summary["train"], summary["held_out"]) == (3, 1)
    assert summary["left_out"]["with secrets"] == 1


def test_it_says_which_projects_have_no_licence(tmp_path, options, capsys):
    """Guards code in a model that its owner did not permit; what is held out is not in it."""
    for number in range(6):
        put(tmp_path / "src" / f"gamma{number}" / "c.py", source(f"third{number}"))
    put(tmp_path / "src" / "gamma5" / "LICENSE", "MIT License\n")
    prepare(tmp_path, options, RECIPE)
    said = capsys.readouterr().out.splitlines()
    names = "alpha, gamma0, gamma1, gamma2, gamma3 and 1 more"
    assert said[2] == f"to train on without a licence that was found: {names}"


def test_what_is_there_is_not_made_again(run, options, capsys):
    before = contents(run)
    documents, tokenizer = prepare(run, options, RECIPE)
    assert capsys.readouterr().out == ""
    assert {document.project for document in documents} == {"alpha"}
    assert tokenizer.size <= 300
    assert contents(run) == before


@pytest.mark.parametrize("name", ["train.jsonl", "manifest.json"])
def test_a_damaged_corpus_is_refused_as_it_is(run, name):
    path = run / "corpus" / name
    path.write_bytes(path.read_bytes()[:20])
    before = contents(run)
    with pytest.raises(CorpusDamaged, match=rf"{name} is damaged .*; copy it back, or give"):
        prepare(run, {}, RECIPE)
    assert contents(run) == before


def test_the_rests_of_a_killed_slice_go_and_its_model_comes_back(run):
    """Guards a checkpoint that a kill between two renames hid, and a disk full of halves."""
    before = contents(run)
    put(run / "model.replaced" / "config.json", "{}")
    put(run / "model.partial" / "config.json", "{")
    put(run / "adapter.replaced" / "adapter_config.json", "{}")
    put(run / "state.pt.partial", "half")
    put(run / "corpus" / "train.jsonl.partial", "half")
    prepare(run, {}, RECIPE)
    back = (run / "model" / "config.json", run / "adapter" / "adapter_config.json")
    assert contents(run) == {**before, **dict.fromkeys(back, b"{}")}


def test_what_was_left_cannot_be_removed(run, monkeypatch):
    def fail(path, **_):
        if path.exists():
            raise PermissionError(13, "Permission denied", str(path))

    put(run / "state.pt.partial", "half")
    monkeypatch.setattr(type(run), "unlink", fail)
    with pytest.raises(TrainError, match=r"state\.pt\.partial cannot be removed \(Permission"):
        prepare(run, {}, RECIPE)


def test_a_corpus_on_a_full_disk_is_collected_by_the_next_slice(tmp_path, options):
    """Guards half a corpus that is taken for a whole one."""
    with full_disk(1000), pytest.raises(DiskFull, match=r"train\.jsonl could not be written"):
        prepare(tmp_path / "run", options, RECIPE)
    assert not [*tmp_path.rglob("*.partial")]
    documents, _ = prepare(tmp_path / "run", options, RECIPE)
    assert len(documents) == 3


def test_a_vocabulary_on_a_full_disk_is_learned_by_the_next_slice(tmp_path, options):
    prepare(tmp_path / "run", options, RECIPE)
    (tmp_path / "run" / "tokenizer.json").unlink()
    with full_disk(1000), pytest.raises(DiskFull, match=r"tokenizer\.json could not be written"):
        prepare(tmp_path / "run", options, RECIPE)
    _, tokenizer = prepare(tmp_path / "run", options, RECIPE)
    assert tokenizer.decode(tokenizer.encode("def f():")) == "def f():"
