"""What `diffgem-engine train` refuses: in one line, with exit code 2, and nothing is changed."""

import argparse
import json
from pathlib import Path

import pytest
import torch

from diffgem_engine.__main__ import main
from diffgem_engine.commands.train import SMALLEST_VOCABULARY, add_arguments


def garbage(path):
    path.write_bytes(b"no torch file at all")


def empty(path):
    path.write_bytes(b"")


def truncated(path):
    path.write_bytes(path.read_bytes()[:-5000])


def foreign(path):
    torch.save({"weights": torch.zeros(3)}, path)


def no_object(path):
    torch.save([1, 2], path)


@pytest.mark.parametrize("damage", [garbage, empty, truncated, foreign, no_object])
def test_a_damaged_state_is_one_line(train, source, tmp_path, damage):
    """Guards a page of traceback where a line can say which file, and what to do."""
    train("--source", str(source))
    path = tmp_path / "run" / "state.pt"
    damage(path)
    before = path.read_bytes()
    code, _, error = train()
    assert code == 2
    assert error.startswith(f"diffgem-engine: {path} is ")
    assert error.endswith("; remove it to train anew on the same corpus, or give another --out\n")
    assert error.count("\n") == 1
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["tokenizer.json", "corpus/origin.json"])
def test_other_damaged_files_are_one_line(train, source, tmp_path, name):
    train("--source", str(source))
    path = tmp_path / "run" / name
    path.write_bytes(path.read_bytes()[:40])
    code, _, error = train()
    assert code == 2
    assert error.startswith(f"diffgem-engine: {path} is ")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((), "give --source DIR"), (("--source", "/no/such/folder"), "no such folder: /no/such")],
)
def test_no_source_is_bad_input(train, tmp_path, arguments, words):
    """Guards an empty corpus that is found out after the vocabulary."""
    code, _, error = train(*arguments)
    assert code == 2
    assert words in error
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("content", [None, b"\xff\xfe" * 400, b"x = 1\n"])
def test_a_source_without_text_leaves_nothing_behind(train, tmp_path, content):
    """Guards an IndexError, and a run's folder that would resume with no text at all."""
    (tmp_path / "source" / "alpha").mkdir(parents=True)
    if content is not None:
        (tmp_path / "source" / "alpha" / "a.py").write_bytes(content)
    code, _, error = train("--source", str(tmp_path / "source"))
    assert code == 2
    assert error.startswith("diffgem-engine: nothing to train on: ")
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_an_empty_corpus_of_before_is_no_run(train, source, tmp_path):
    """Guards folders that the IndexError left behind."""
    train("--source", str(source))
    (tmp_path / "run" / "corpus" / "train.jsonl").write_bytes(b"")
    code, _, error = train()
    assert code == 2
    assert "nothing to train on" in error


@pytest.mark.parametrize("stage", ["corpus/train.jsonl", "corpus/manifest.json", "tokenizer.json"])
def test_a_first_slice_that_died_is_given_again(train, source, tmp_path, monkeypatch, stage):
    """Guards a run that its own command cannot go on with, or that goes on as another."""
    real = Path.replace

    def killed(path, target):
        if Path(target) == tmp_path / "run" / stage:
            raise KeyboardInterrupt
        return real(path, target)

    arguments = ("--source", str(source), "--noise", "uniform")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        assert train(*arguments)[0] == 130
    code, _, error = train(*arguments, "--rows", "2", "--vocab", "400")
    assert (code, error) == (0, "")
    recipe = json.loads((tmp_path / "run" / "recipe.json").read_text())
    assert (recipe["noise"], recipe["rows"]) == ("uniform", 2)


@pytest.mark.parametrize("option", ["--hold-out", "--exclude"])
def test_an_unknown_project_leaves_nothing_behind(train, source, tmp_path, option):
    code, _, error = train("--source", str(source), option, "gama")
    assert code == 2
    assert error.startswith(f"diffgem-engine: {option} gama: no such project; there are ")
    assert not (tmp_path / "run").exists()


BAD = {
    "--minutes": ("0", "-3", "nan", "inf", "soon"),
    "--slice": ("0", "-1", "nan"),
    "--cap": ("0", "-5", "1.5"),
    "--vocab": ("0", str(SMALLEST_VOCABULARY - 1), "65537", "many"),
    "--seed": ("-1", "1e9", str(2**64)),
    "--width": ("0", "100", "4096", "wide"),
    "--layers": ("0", "65"),
    "--noise": ("pink",),
    "--lora": ("0", "-1", "1.5"),
    "--optimizer": ("sgd",),
    "--rate": ("0", "-1", "2", "nan", "fast"),
    "--encoder-first": ("-0.1", "1.5", "nan", "half"),
    "--distil": ("-0.1", "1.5"),
    "--rows": ("0",),
    "--task": ("chess", ""),
}


@pytest.mark.parametrize(
    ("option", "value"), [(option, value) for option, values in BAD.items() for value in values]
)
def test_numbers_out_of_range_are_refused_before_any_work(tmp_path, capsys, option, value):
    """Guards a division by zero after the corpus was made, and a budget that never ends."""
    with pytest.raises(SystemExit) as left:
        main(["train", "--out", str(tmp_path / "run"), "--source", str(tmp_path), option, value])
    assert left.value.code == 2
    assert f"argument {option}: " in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_every_option_has_its_help(capsys):
    """Guards options that are a name and no more."""
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    said = capsys.readouterr().out
    assert "in slices that resume" in " ".join(said.split())
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert [action.dest for action in parser._actions if not action.help] == []
    assert "test, tests or idle_test" in " ".join(said.split())
