"""An infill format for a checkpoint that has none."""

import json
import shutil

import pytest
import torch
from checkpoints import write_published

from diffgem_engine.checkpoint.loading import CheckpointError, load
from diffgem_engine.formats.native import InfillFormat, SpecialIds
from diffgem_engine.training.native import native_format

CPU = torch.device("cpu")


def edit_text(folder, **fields):
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["text_config"].update(fields)
    path.write_text(json.dumps(config))


@pytest.fixture
def copy(published, tmp_path):
    return shutil.copytree(published, tmp_path / "copy")


def made(folder):
    return load(folder, CPU, new_format=native_format).form


def test_it_takes_the_lowest_ids_to_spare(published):
    """Guards a hole that reads like a word, and noise that the checkpoint has never seen."""
    assert made(published) == InfillFormat(
        vocab=400,
        prompt_tokens=256,  # of 512 positions, half is a canvas'
        suffix_tokens=64,
        head_tokens=16,
        noise="uniform",
        order="entropy",
        ids=SpecialIds(pad=0, eos=1, bos=2, hole=3, eom=4, suffix=5, prefix=6),
    )


def test_a_large_checkpoint_has_longer_prompts_than_the_embedded_one(copy):
    edit_text(copy, max_position_embeddings=262144, eos_token_id=[1, 106])
    form = made(copy)
    assert (form.prompt_tokens, form.suffix_tokens, form.ids.eos) == (1024, 256, 1)


def test_without_being_asked_none_is_made(published):
    """Guards ids that a checkpoint was never taught."""
    assert load(published, CPU).form.name == "pinned"
    with pytest.raises(CheckpointError, match="no native infill format"):
        load(published, CPU, wanted="native")


def test_one_that_is_there_is_kept(ours):
    assert made(ours) == load(ours, CPU).form


def test_a_tokenizer_without_enough_ids_to_spare(tmp_path):
    folder = write_published(tmp_path / "few", unused=3)
    with pytest.raises(CheckpointError, match="tokenizer 3 of the 4 <unusedN> tokens") as refused:
        made(folder)
    assert str(folder) in str(refused.value)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"max_position_embeddings": 256}, "prompt_tokens must be"),
        ({"max_position_embeddings": None}, "no max_position_embeddings"),
        ({"bos_token_id": None}, "no bos_token_id"),
        ({"bos_token_id": 4}, "ids must be distinct"),
        ({"vocab_size": "many"}, "no vocab_size"),
    ],
)
def test_a_config_that_none_fits(copy, fields, words):
    edit_text(copy, **fields)
    with pytest.raises(CheckpointError, match=words):
        made(copy)


@pytest.mark.parametrize("text", ['{"model": 1, "added_tokens": [1]}', "[]", "{"])
def test_a_tokenizer_that_is_none(copy, text):
    (copy / "tokenizer.json").write_text(text)
    with pytest.raises(CheckpointError):
        made(copy)
