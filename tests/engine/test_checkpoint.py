"""Loading: what is not a whole checkpoint of ours is refused with the fix in the message."""

import json
import math
import shutil

import pytest
import torch
from attrs import evolve
from checkpoints import SAMPLING, tiny_form, tiny_tokenizer
from safetensors.torch import load_file, save_file
from tiny import SIZE, tiny_model

from diffgem_engine.checkpoint import memory
from diffgem_engine.checkpoint.loading import CheckpointError, load
from diffgem_engine.checkpoint.locating import EMBEDDED
from diffgem_engine.core.sampler import SamplingParams
from diffgem_engine.training import export

CPU = torch.device("cpu")


@pytest.fixture
def broken(checkpoint_folder, tmp_path):
    """A copy to break."""
    return shutil.copytree(checkpoint_folder, tmp_path / "copy")


def edit(path, **fields):
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def assert_refused(folder, *words, wanted=None):
    with pytest.raises(CheckpointError) as refused:
        load(folder, CPU, wanted=wanted)
    for word in (*words, str(folder)):
        assert word in str(refused.value)


def test_a_good_checkpoint_comes_back(checkpoint_folder, caplog):
    """Guards what `train` writes and what `serve` reads against each other."""
    loaded = load(str(checkpoint_folder), CPU)
    assert loaded.form == tiny_form()
    assert loaded.sampling == SAMPLING
    assert loaded.tokenizer.encode("def f():") == tiny_tokenizer().encode("def f():")
    assert "float32 on cpu" in loaded.summary
    assert str(checkpoint_folder) in loaded.summary
    assert caplog.records == []
    assert not loaded.model.training


def test_the_weights_are_the_ones_that_were_saved(checkpoint_folder):
    """Guards weights that are dropped on the way and stay random."""
    loaded = load(checkpoint_folder, CPU)
    saved = tiny_model(evolve(SIZE, vocab=tiny_form().vocab)).state_dict()
    for name, weight in loaded.model.state_dict().items():
        assert torch.equal(weight, saved[name].to(torch.bfloat16).to(weight.dtype)), name


def test_saving_leaves_the_model_as_it_is_and_replaces_the_folder(
    tmp_path, monkeypatch, checkpoint_folder
):
    """Guards training that goes on in bfloat16, and old shards that stay beside new ones."""
    model, form = tiny_model(), tiny_form()
    tokenizer = checkpoint_folder / "tokenizer.json"
    monkeypatch.setattr(export, "SHARD_BYTES", 20_000)
    export.save_checkpoint(model, form, tokenizer, tmp_path / "model")
    shards = list((tmp_path / "model").glob("*.safetensors"))
    assert len(shards) > 2
    monkeypatch.undo()
    export.save_checkpoint(model, form, tokenizer, tmp_path / "model")
    names = sorted(path.name for path in (tmp_path / "model").iterdir())
    assert names == [
        "config.json", "generation_config.json", "infill.json", "model.safetensors",
        "tokenizer.json",
    ]  # fmt: skip
    assert model.dtype == torch.float32
    assert json.loads((tmp_path / "model" / "config.json").read_text())["dtype"] == "bfloat16"


def test_a_checkpoint_of_many_shards_loads_or_names_the_missing(
    tmp_path, monkeypatch, checkpoint_folder
):
    """Guards an index that is not looked at."""
    monkeypatch.setattr(export, "SHARD_BYTES", 40_000)
    whole = load(checkpoint_folder, CPU)
    folder = tmp_path / "sharded"
    export.save_checkpoint(whole.model, whole.form, checkpoint_folder / "tokenizer.json", folder)
    modes = {path.name: path.stat().st_mode for path in folder.iterdir()}
    assert len(set(modes.values())) == 1, "a team's engine is another user"
    assert load(folder, CPU).nbytes == whole.nbytes
    shards = sorted(folder.glob("*.safetensors"))
    assert len(shards) > 2
    assert all(shard.stat().st_size < 16 * 2**20 for shard in shards)
    shards[1].unlink()
    assert_refused(folder, shards[1].name, "copy")
    (folder / "model.safetensors.index.json").write_text("{}")
    assert_refused(folder, "weight_map", "copy it again")


def test_the_embedded_model_has_a_name_everywhere(tmp_path, monkeypatch):
    """Guards `--model python-small`, and a folder of that name that is meant instead."""
    monkeypatch.chdir(tmp_path)
    assert load(EMBEDDED).name == EMBEDDED
    (tmp_path / EMBEDDED).mkdir()
    with pytest.raises(CheckpointError, match=r"has no config\.json"):
        load(EMBEDDED)


def test_a_folder_that_is_not_there(tmp_path):
    for name in (tmp_path / "none", str(tmp_path / "none")):
        with pytest.raises(CheckpointError, match="give a folder or a hub id"):
            load(name, CPU)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_a_missing_file(broken, name):
    (broken / name).unlink()
    assert_refused(broken, name, "copy the whole checkpoint")


def test_a_checkpoint_without_our_format(broken):
    """Guards advice to copy a file that the checkpoint never had: the published ones."""
    (broken / "infill.json").unlink()
    words = ("has no native infill format (infill.json)", "diffgem-engine train", "--format")
    assert_refused(broken, *words, wanted="native")


@pytest.mark.parametrize("name", ["config.json", "infill.json", "tokenizer.json"])
@pytest.mark.parametrize("text", ["{", "[1]", "\udcff", "[" * 100_000, '{"a":' * 100_000])
def test_a_damaged_file(broken, name, text):
    (broken / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    assert_refused(broken, name, "copy it again")


def test_no_weights(broken):
    (broken / "model.safetensors").unlink()
    assert_refused(broken, "lacks model.safetensors", "copy")


def test_pickled_weights_are_never_read(broken):
    """Guards code execution by loading a model."""
    (broken / "model.safetensors").unlink()
    (broken / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    assert_refused(broken, "convert its pickled weights to safetensors")


@pytest.mark.parametrize("kept", [0, 5, 1000, -10])
def test_a_truncated_shard(broken, kept):
    path = broken / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    assert_refused(broken, "truncated or damaged", "download it again")


def test_weights_that_lack_a_tensor(broken):
    """Guards a layer that would stay random without a word."""
    path = broken / "model.safetensors"
    tensors = load_file(path)
    gone = next(name for name in tensors if "mlp.up_proj" in name)
    del tensors[gone]
    save_file(tensors, path, {"format": "pt"})
    assert_refused(broken, "lacks", "mlp.up_proj", "copy the whole checkpoint")


def test_weights_of_another_shape(broken):
    path = broken / "model.safetensors"
    tensors = load_file(path)
    name = next(name for name in tensors if "mlp.up_proj" in name)
    tensors[name] = tensors[name][:-1].clone()
    save_file(tensors, path, {"format": "pt"})
    assert_refused(broken, "mlp.up_proj", "[48, 32]", "copy both from one checkpoint")


def test_a_foreign_model(broken):
    edit(broken / "config.json", model_type="llama")
    assert_refused(broken, "'llama'", "give a 'diffusion_gemma' checkpoint")


def test_a_config_without_its_text_part(broken):
    edit(broken / "config.json", text_config=None)
    assert_refused(broken, "text_config", "copy it again")


@pytest.mark.parametrize("field", ["layout", "tokenizer"])
def test_another_version(broken, field):
    """Guards the invariant: weights of another layout or tokenizer are refused."""
    edit(broken / "infill.json", **{field: 99}, surprise=1)
    assert_refused(broken, "99", "update DiffGem or the weights")


@pytest.mark.parametrize(
    "fields",
    [
        *(
            {"noise": "pink"},
            {"order": "lfet"},
            {"vocab": "many"},
            {"prompt_tokens": None},
            {"surprise": 1},
        ),
        *({"draft_bonus": "4"}, {"draft_bonus": True}, {"draft_bonus": None}),
        *({"draft_enough": "-4"}, {"draft_enough": None}),
        *({"head_tokens": True}, {"head_tokens": 8.0}, {"suffix_tokens": "40"}),
    ],
)
def test_a_format_with_wrong_values(broken, fields):
    """Guards a value that is read over."""
    edit(broken / "infill.json", **fields)
    assert_refused(broken, "infill.json", next(iter(fields)), "copy it again")


@pytest.mark.parametrize(
    "fields",
    [
        *({"vocab": 0}, {"vocab": -5}, {"head_tokens": -1}, {"head_tokens": 256}),
        *({"draft_enough": 1}, {"draft_enough": -math.inf}, {"draft_enough": math.nan}),
        *({"suffix_tokens": -1}, {"prompt_tokens": 0}, {"prompt_tokens": 43}),
    ],
)
def test_a_format_out_of_range(broken, fields):
    """Guards prompts and canvases that nobody can lay out, found out at the first key."""
    edit(broken / "infill.json", **fields)
    assert_refused(broken, f"{next(iter(fields))} must be", "copy it again")


@pytest.mark.parametrize("bonus", [-1, math.inf, math.nan])
def test_a_bonus_out_of_range(broken, bonus):
    edit(broken / "infill.json", draft_bonus=bonus)
    assert_refused(broken, f"draft_bonus must be a number from 0 up, not {float(bonus)}; copy it")


@pytest.mark.parametrize("ids", [{"eom": -1}, {"hole": 10**6}, {"pad": 1}])
def test_special_ids_that_cannot_be(broken, ids):
    """Guards an id beyond the embedding, and a hole that reads like an end."""
    known = json.loads((broken / "infill.json").read_text())["ids"]
    edit(broken / "infill.json", ids={**known, **ids})
    assert_refused(broken, "ids must be distinct and in 0..", "copy it again")


def test_files_of_two_checkpoints(broken):
    edit(broken / "infill.json", vocab=tiny_form().vocab + 1)
    assert_refused(broken, "copy both from one checkpoint")


def test_the_tokenizer_of_another_checkpoint(broken):
    tokenizer = tiny_tokenizer()._tokenizer
    tokenizer.add_tokens(["another_token"])
    tokenizer.save(str(broken / "tokenizer.json"))
    assert_refused(broken, "tokenizer.json", "copy both from one checkpoint")


def test_a_json_that_is_no_tokenizer(broken):
    (broken / "tokenizer.json").write_text('{"model": 1}')
    assert_refused(broken, "is no tokenizer", "copy it again")


def test_a_checkpoint_that_does_not_fit(broken, monkeypatch):
    """Guards a machine that swaps instead of saying no."""
    monkeypatch.setattr(memory, "free_bytes", lambda _: 1000)
    assert_refused(broken, "on cpu in float32", "GiB are free; use a smaller checkpoint")


@pytest.mark.skipif(torch.cuda.is_available(), reason="the device is there")
@pytest.mark.parametrize("name", ["cuda", "cuda:7", "meta"])
def test_a_device_that_is_not_there(broken, name):
    """Guards a traceback for `--device cuda` where there is none, or for one of no memory."""
    with pytest.raises(CheckpointError, match=f"cannot use the device {name} .*--device cpu"):
        load(broken, torch.device(name))


def test_generation_defaults_where_the_checkpoint_is_silent(broken):
    """Guards a crash on a checkpoint without a generation config."""
    (broken / "generation_config.json").unlink()
    assert load(broken, CPU).sampling == SamplingParams()


def test_the_order_of_acceptance_is_the_formats(broken):
    """Guards a checkpoint that is sampled in another order than it asks for."""
    edit(broken / "infill.json", order="left")
    assert load(broken, CPU).sampling == evolve(SAMPLING, order="left")


def test_what_drafts_are_worth_is_the_formats(broken):
    edit(broken / "infill.json", draft_bonus=3, draft_enough=-12)
    assert load(broken, CPU).sampling == evolve(SAMPLING, draft_bonus=3.0, draft_enough=-12.0)


def test_a_format_from_before_there_were_drafts(broken):
    """Guards checkpoints that were fine yesterday."""
    path = broken / "infill.json"
    older = json.loads(path.read_text())
    del older["draft_bonus"], older["draft_enough"], older["order"]
    path.write_text(json.dumps(older))
    form = load(broken, CPU).form
    assert (form.draft_bonus, form.draft_enough, form.order) == (0.0, 0.0, "entropy")
