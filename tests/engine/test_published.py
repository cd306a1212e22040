"""The layout of the published checkpoint: a small one loads as transformers loads it, and the big
one's names, shapes and sizes are those that are read here.
"""

import json
import logging
import shutil

import pytest
import torch
from published import full_config, published_model, small_config, stored_weights, write_sharded
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import AutoTokenizer, DiffusionGemmaForBlockDiffusion

from diffgem_engine.checkpoint.loading import CheckpointError, embedded_model, load
from diffgem_engine.checkpoint.skeleton import first_name, is_picture, skeleton
from diffgem_engine.core.sampler import SamplingParams
from diffgem_engine.quantized import quantization
from diffgem_engine.training.native import native_format

CPU, BF16 = torch.device("cpu"), torch.bfloat16
DTYPES = (torch.float32, BF16)


@pytest.fixture(scope="session")
def sharded(tmp_path_factory):
    """Read only: copy it to break it."""
    return write_sharded(tmp_path_factory.mktemp("published") / "small")


@pytest.fixture
def broken(sharded, tmp_path):
    return shutil.copytree(sharded, tmp_path / "copy")


def read(folder, dtype=torch.float32, **more):
    """With a format of our own, as `diffgem-engine train --from` gives it."""
    return load(folder, CPU, dtype, native_format, **more)


def theirs(folder, dtype):
    return DiffusionGemmaForBlockDiffusion.from_pretrained(folder, dtype=dtype).eval()


def tensors(model):
    return {
        **dict(model.named_parameters(remove_duplicate=False)),
        **dict(model.named_buffers(remove_duplicate=False)),
    }


def assert_same(ours, others):
    """Every parameter and buffer of ours to the last bit, and nothing left out but the tower."""
    found, wanted = tensors(ours), tensors(others)
    assert found.keys() == {name for name in wanted if not is_picture(name)}
    for name, tensor in found.items():
        assert tensor.dtype == wanted[name].dtype, name
        assert torch.equal(tensor, wanted[name]), name


def names_in(folder):
    return json.loads((folder / "model.safetensors.index.json").read_text())["weight_map"]


def test_the_writer_has_every_file_and_name_of_the_layout(sharded):
    """Guards the tests below against a layout that only they know."""
    names = {path.name for path in sharded.iterdir() if path.suffix != ".safetensors"}
    assert names == {
        "config.json", "generation_config.json", "model.safetensors.index.json", "tokenizer.json",
        "tokenizer_config.json", "chat_template.jinja", "processor_config.json",
        "preprocessor_config.json",
    }  # fmt: skip
    stored = names_in(sharded)
    assert len(set(stored.values())) > 3
    towers = {name for name in stored if is_picture(name)}
    assert any("vision_tower" in name for name in towers)
    assert stored.keys() - towers == stored_weights(small_config()).keys()


def test_the_big_layout_is_the_one_that_is_read():
    """Guards the checkpoint that no test can hold: names, shapes and bytes of 26 billion."""
    model = skeleton(full_config().to_dict(), BF16, "the big one")
    stored = stored_weights(full_config())
    assert {first_name(model, name) for name in model.state_dict()} == stored.keys()
    for name, tensor in model.state_dict().items():
        assert tuple(tensor.shape) == stored[first_name(model, name)], name
    assert all(tensor.is_meta for tensor in tensors(model).values())
    text = sum(weight.numel() for weight in model.parameters())
    assert text == 25_250_986_752
    whole = skeleton(full_config().to_dict(), BF16, "the big one", pictures=True)
    tower = sum(weight.numel() for weight in whole.parameters()) - text
    assert tower == 572_792_112


@pytest.mark.parametrize("dtype", DTYPES)
def test_it_loads_as_transformers_loads_it(sharded, dtype, caplog):
    """Guards weights that are dropped, converted twice or computed otherwise."""
    with caplog.at_level(logging.WARNING):
        loaded = read(sharded, dtype)
    assert caplog.records == []
    assert_same(loaded.model, theirs(sharded, dtype))
    assert loaded.sampling == SamplingParams()
    assert list(loaded.model.generation_config.eos_token_id) == [1, 106, 50]


def test_with_its_vision_tower_it_is_whole(sharded):
    """Guards fine-tuning, which writes all that it has read."""
    loaded, whole = read(sharded, pictures=True).model, theirs(sharded, torch.float32)
    found, wanted = tensors(loaded), tensors(whole)
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_embedded_model_loads_as_transformers_loads_it(dtype):
    assert_same(load(None, CPU, dtype).model, theirs(embedded_model(), dtype))


def test_encoder_and_decoder_share_their_weights(sharded):
    """Guards twice the memory, and a model of which half is trained."""
    model = read(sharded).model
    encoder, decoder = model.model.encoder.language_model, model.model.decoder
    assert model.lm_head.weight is decoder.embed_tokens.weight is encoder.embed_tokens.weight
    for one, other in zip(encoder.layers, decoder.layers, strict=True):
        ours, others = dict(one.named_parameters()), dict(other.named_parameters())
        assert all(ours[name] is others[name] for name in others)
        assert one.layer_scalar is not other.layer_scalar
    assert sum(w.numel() for w in model.parameters()) == read(sharded).parameters


def test_its_other_files_are_of_the_kind_that_transformers_reads(sharded):
    """Guards a writer whose tokenizer only we can read."""
    tokenizer = AutoTokenizer.from_pretrained(sharded)
    turns = [{"role": "user", "content": " hello "}]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    assert text == "<bos><|turn>user\nhello<turn|>\n<|turn>model\n"
    ids = read(sharded).tokenizer
    assert [ids._tokenizer.token_to_id(name) for name in ("<|turn>", "<turn|>")] == [105, 106]
    assert ids.decode(ids.encode("def f():\n    return 1\n")) == "def f():\n    return 1\n"


class Largest(TorchDispatchMode):
    """The values of the largest float32 that is made inside; what is read of a file is none."""

    values = 0

    def __torch_dispatch__(self, function, _, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        if isinstance(out, torch.Tensor) and out.dtype == torch.float32 and not out.is_meta:
            self.values = max(self.values, out.numel())
        return out


@pytest.mark.parametrize("quantize", ["fp8", "int4"])
def test_experts_are_quantized_as_they_come(tmp_path, quantize, monkeypatch):
    """Guards a peak of two models: of the experts, a piece alone is ever large."""
    folder = write_sharded(tmp_path / "many", small_config(num_experts=64))
    exact = read(folder).model.model.decoder.layers
    monkeypatch.setattr(quantization, "PIECE", 4 * 32 * 32)
    with Largest() as largest:
        small = read(folder, quantize=quantize)
    embeddings = small.model.lm_head.weight.numel()
    assert largest.values == embeddings < exact[0].experts.gate_up_proj.numel()
    for ours, theirs in zip(small.model.model.decoder.layers, exact, strict=True):
        for name in ("gate_up_proj", "down_proj"):
            weight = getattr(theirs.experts, name)
            again = getattr(ours.experts, name).load(slice(None), torch.float32)
            assert 0 < (again - weight).norm() < 0.15 * weight.norm()
    assert not any(tensor.is_meta for tensor in tensors(small.model).values())
    assert f"float32 with {quantize} experts on cpu" in small.summary


def change(folder, edit):
    """Of the shard that has the decoder's last norm."""
    path = folder / names_in(folder)["model.decoder.norm.weight"]
    found = load_file(path)
    edit(found)
    save_file(found, path, {"format": "pt"})


def assert_refused(folder, *words):
    with pytest.raises(CheckpointError) as refused:
        read(folder)
    said = str(refused.value)
    assert all(word in said for word in (str(folder), *words)), said
    assert "\n" not in said


def test_a_weight_that_is_not_the_models(broken):
    """Guards a config of another size: what is left over would be read over."""
    change(broken, lambda found: found.update({"model.decoder.extra.weight": torch.ones(2)}))
    assert_refused(broken, "1 weights", "model.decoder.extra.weight", "copy both")


def test_a_weight_that_is_missing(broken):
    change(broken, lambda found: found.pop("model.decoder.norm.weight"))
    assert_refused(broken, "lacks 1 weights (model.decoder.norm.weight", "copy the whole")


def test_a_weight_of_another_shape(broken):
    change(broken, lambda found: found.update({"model.decoder.norm.weight": torch.ones(31)}))
    assert_refused(broken, "model.decoder.norm.weight", "[31]", "[32]", "copy both")


def test_a_shared_weight_may_be_there_twice(broken, sharded):
    """Guards checkpoints of writers that know nothing of sharing."""
    name = "model.encoder.language_model.norm.weight"
    change(broken, lambda found: found.update({name: found["model.decoder.norm.weight"].clone()}))
    assert_same(read(broken).model, theirs(sharded, torch.float32))
    change(broken, lambda found: found[name].add_(1))
    assert_refused(
        broken, "differ, and the model shares them", name,
        "save the checkpoint again, with tied weights",
    )  # fmt: skip


def test_a_shared_weight_may_have_its_other_name(broken, sharded):
    def rename(found):
        found["model.encoder.language_model.norm.weight"] = found.pop("model.decoder.norm.weight")

    change(broken, rename)
    assert_same(read(broken).model, theirs(sharded, torch.float32))


@pytest.mark.parametrize(
    "sampler", [{"_cls_name": "deepcopy", "x": 1}, {"entropy_bound": 0.1}, [1]], ids=str
)
def test_nothing_that_a_generation_config_names_is_called(broken, sampler):
    """Guards a library that calls what the file says, with the arguments that it has."""
    path = broken / "generation_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "sampler_config": sampler}))
    assert_refused(broken, "its sampler_config is no EntropyBoundSamplerConfig", "copy it again")


@pytest.mark.parametrize("name", ["t_max", "t_min", "confidence_threshold", "entropy_bound"])
def test_a_generation_config_without_numbers(broken, name):
    """Guards weights that are blamed for what the file says."""
    path = broken / "generation_config.json"
    raw = json.loads(path.read_text())
    (raw["sampler_config"] if name in raw["sampler_config"] else raw)[name] = float("nan")
    path.write_text(json.dumps(raw))
    assert_refused(broken, "generation_config.json", f"{name} is nan", "copy it again")


@pytest.mark.parametrize("name", ["config.json", "generation_config.json"])
def test_a_file_with_something_else(broken, name):
    (broken / name).write_text("[1]")
    assert_refused(broken, name, "is not a JSON object; copy it again")


def test_a_vision_tower_of_another_kind(broken):
    """Guards code of its own, which the library would offer to run."""
    path = broken / "config.json"
    config = json.loads(path.read_text())
    config["vision_config"] = {"model_type": "mine", "auto_map": {"AutoModel": "mine.Model"}}
    path.write_text(json.dumps(config))
    assert_refused(broken, "'mine' vision_config; DiffGem knows 'gemma4_vision' alone")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        *(({"hidden_size": "wide"}, ""), ({"num_experts": None}, ""), ({"layer_types": [1]}, "")),
        ({"top_k_experts": 99}, "(top_k_experts is 99 of 8 experts)"),
        ({"sliding_window": 0}, "(sliding_window is 0)"),
        ({"final_logit_softcapping": None}, "(final_logit_softcapping is None)"),
    ],
    ids=str,
)
def test_a_config_of_no_model(broken, fields, words):
    path = broken / "config.json"
    config = json.loads(path.read_text())
    config["text_config"].update(fields)
    path.write_text(json.dumps(config))
    assert_refused(broken, "describes no model", words, "copy it again")


def test_what_is_loaded_is_no_view_of_its_file(broken):
    """Guards an engine that dies when its checkpoint is written anew."""
    model = read(broken, BF16).model
    before = model.model.decoder.norm.weight.clone()
    shard = broken / names_in(broken)["model.decoder.norm.weight"]
    with safe_open(shard, framework="pt") as found:
        assert torch.equal(found.get_tensor("model.decoder.norm.weight"), before)
    shard.write_bytes(bytes(shard.stat().st_size))
    assert torch.equal(model.model.decoder.norm.weight, before)
    assert torch.equal(published_model().model.decoder.norm.weight, before)
