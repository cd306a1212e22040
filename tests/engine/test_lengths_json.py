"""`lengths.json`: a checkpoint's length bias, read beside its config and refused if it is wrong."""

import json
import shutil

import pytest
import torch
from checkpoints import write_published
from hypothesis import given
from hypothesis import strategies as st

from diffgem_engine.checkpoint.hub import DESCRIPTION
from diffgem_engine.checkpoint.lengths_json import LENGTHS_FILE, described, read_length_bias
from diffgem_engine.checkpoint.loading import CheckpointError, load
from diffgem_engine.formats.pinned import bias_of

CPU = torch.device("cpu")
AGAIN = "; copy or fit it again, or remove it"
BIAS = ((1, 0.0), (4, -0.25), (9, 0.5))
BAD_ROWS = [
    3, {}, [3], [[1]], [[1, 2, 3]], [[0, 0.1]], [[257, 0.1]], [[1.0, 0.1]], [[True, 0.1]],
    [[1, "a"]], [[1, None]], [[1, True]], [[1, float("nan")]], [[1, float("inf")]],
    [[1, 10**400]], [[1, -10.5]],
]  # fmt: skip


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return write_published(tmp_path_factory.mktemp("published") / "tiny")


@pytest.fixture
def copy(published, tmp_path):
    return shutil.copytree(published, tmp_path / "copy")


@given(st.lists(st.tuples(st.integers(1, 256), st.floats(-9, 9)), unique_by=lambda row: row[0]))
def test_what_is_written_is_read(tmp_path_factory, rows):
    folder, bias = tmp_path_factory.mktemp("written"), tuple(sorted(rows))
    (folder / LENGTHS_FILE).write_text(described(bias))
    assert read_length_bias(folder) == bias


def test_a_checkpoint_without_one_has_no_bias(published):
    assert load(published, CPU).form.length_bias == ()


def test_any_checkpoint_may_have_one(copy, checkpoint_folder, tmp_path):
    """Guards a file that is for those without `infill.json` alone, or for those with it."""
    taught = shutil.copytree(checkpoint_folder, tmp_path / "taught")
    for folder in (copy, taught):
        (folder / LENGTHS_FILE).write_text(described(BIAS))
        assert load(folder, CPU, wanted="pinned").form.length_bias == BIAS
    assert load(taught, CPU).form.name == "native"


def test_it_is_looked_at_before_weights_are_downloaded():
    assert LENGTHS_FILE in DESCRIPTION


@pytest.mark.parametrize(("length", "bias"), [(1, 0), (3, 0), (4, -0.25), (8, -0.25), (200, 0.5)])
def test_an_entry_holds_up_to_the_next(length, bias):
    assert bias_of(BIAS, length) == bias


def test_below_the_first_entry_there_is_none():
    assert bias_of(BIAS[1:], 3) == 0


def refused(folder, content, *words):
    (folder / LENGTHS_FILE).write_text(content)
    with pytest.raises(CheckpointError) as caught:
        load(folder, CPU, wanted="pinned")
    for word in (LENGTHS_FILE, *words):
        assert word in str(caught.value)


@pytest.mark.parametrize("rows", BAD_ROWS, ids=str)
def test_rows_that_are_none(copy, rows):
    refused(copy, json.dumps({"version": 1, "bias": rows}), "bias must be a list of", AGAIN)


@pytest.mark.parametrize("slots", [(4, 4), (9, 4)])
def test_rows_in_no_order(copy, slots):
    """Guards a bias that depends on which of two entries is read."""
    rows = [[n, 0.0] for n in slots]
    refused(copy, json.dumps({"version": 1, "bias": rows}), "must grow", AGAIN)


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_version(copy, version):
    content = json.dumps({"version": version, "bias": []})
    refused(copy, content, f"version {version!r}", "eval lengths --fit")


@pytest.mark.parametrize("content", [{"version": 1}, {"version": 1, "bias": [], "more": 1}])
def test_other_keys(copy, content):
    refused(copy, json.dumps(content), "it must have bias, version and no more", AGAIN)


def test_a_file_that_is_no_json(copy):
    refused(copy, "{", "cannot be read")
