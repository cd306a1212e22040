"""`diffgem-engine train --from`: a checkpoint goes on to learn, slice by slice."""

import json
import shutil
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from diffgem_engine.__main__ import main
from diffgem_engine.checkpoint.loading import load
from diffgem_engine.installation import install_command
from diffgem_engine.training import setup_finetune

CPU = torch.device("cpu")
LORA = ("--lora", "2")


def state(tmp_path):
    return torch.load(tmp_path / "run" / "state.pt", weights_only=True)


def changed(one, other):
    """The names of the weights in which two checkpoints differ."""
    ours, theirs = (
        load(folder, CPU, new_format=None).model.state_dict() for folder in (one, other)
    )
    return {name for name, weight in ours.items() if not torch.equal(weight, theirs[name])}


@pytest.mark.parametrize("more", [(), LORA, ("--optimizer", "muon")], ids=["full", "lora", "muon"])
def test_a_checkpoint_of_ours_goes_on_to_learn(train, source, ours, tmp_path, more):
    """Guards a vocabulary that is learned anew, a format that is lost, and adapters that are not
    in the exported weights.
    """
    code, said, complaints = train("--from", str(ours), "--source", str(source), *more)
    assert (code, complaints) == (0, "")
    assert "vocabulary" not in said
    tuned, base = load(tmp_path / "run" / "model", CPU), load(ours, CPU)
    assert (tuned.form, tuned.sampling) == (base.form, base.sampling)
    assert tuned.tokenizer.encode("def f():") == base.tokenizer.encode("def f():")
    moved = changed(tmp_path / "run" / "model", ours)
    assert any("self_attn" in name for name in moved)
    assert not any("vision" in name for name in moved)
    if more == LORA:
        assert all("self_attn" in name or "mlp" in name for name in moved)


@pytest.mark.parametrize("more", [(), LORA], ids=["full", "lora"])
def test_one_without_a_format_is_given_one(train, source, published, tmp_path, more):
    """Guards the published checkpoint: what is exported is one that the engine serves."""
    code, _, complaints = train("--from", str(published), "--source", str(source), *more)
    assert (code, complaints) == (0, "")
    tuned = load(tmp_path / "run" / "model", CPU)
    assert (tuned.form.noise, tuned.form.order, tuned.form.ids.hole) == ("uniform", "entropy", 3)
    assert tuned.model.config.text_config.num_experts == 6
    typed = tuned.tokenizer.encode("<unused0>")
    assert len(typed) > 1
    assert tuned.form.ids.hole not in typed
    assert tuned.tokenizer.decode([tuned.form.ids.hole]) == ""


@pytest.mark.parametrize("more", [(), LORA], ids=["full", "lora"])
def test_a_later_slice_needs_out_alone(train, source, ours, tmp_path, more):
    train("--from", str(ours), "--source", str(source), *more)
    code, said, complaints = train()
    assert (code, complaints) == (0, "")
    assert state(tmp_path)["step"] == 2
    assert "collecting" not in said


def test_a_run_that_was_killed_before_it_was_saved_is_still_the_same(train, source, ours, tmp_path):
    """Guards a fine-tuning that goes on as a new model: nothing says what it was but the state."""
    train("--from", str(ours), "--source", str(source), *LORA)
    (tmp_path / "run" / "state.pt").unlink()
    code, *_ = train()
    assert code == 0
    assert all("lora" in name for name in state(tmp_path)["model"])


def test_only_adapters_are_saved_on_the_way(train, source, ours, tmp_path):
    """Guards gigabytes every four minutes."""
    train("--from", str(ours), "--source", str(source), *LORA, "--distil", "1")
    saved = state(tmp_path)
    for part in (saved["model"], saved["average"]["mean"], saved["teacher"]):
        assert part
        assert all(".lora_A." in name or ".lora_B." in name for name in part)
    assert {path.name for path in (tmp_path / "run" / "adapter").iterdir()} == {
        "README.md", "adapter_config.json", "adapter_model.safetensors",
    }  # fmt: skip


def test_adapters_over_other_weights_are_refused(train, source, ours, tmp_path):
    """Guards a base that was trained on in between: the adapters would fit another model."""
    base = shutil.copytree(ours, tmp_path / "base")
    train("--from", str(base), "--source", str(source), *LORA)
    path = base / "model.safetensors"
    tensors = {name: tensor * 1.5 for name, tensor in load_file(path).items()}
    save_file(tensors, path, {"format": "pt"})
    code, _, error = train()
    assert code == 2
    assert "was begun with other weights than" in error
    shutil.rmtree(base)
    code, _, error = train()
    assert code == 2
    assert "no checkpoint folder at" in error
    assert state(tmp_path)["step"] == 1


def drop_weights(folder):
    path = folder / "model.safetensors"
    tensors = load_file(path)
    del tensors[next(name for name in tensors if "mlp.up_proj" in name)]
    save_file(tensors, path, {"format": "pt"})


def edit(name, **fields):
    def change(folder):
        content = json.loads((folder / name).read_text())
        content = {**content, **fields}
        if "text_config" in fields:
            content["text_config"] = {
                **json.loads((folder / name).read_text())["text_config"],
                **fields["text_config"],
            }
        (folder / name).write_text(json.dumps(content))

    return change


def longer_vocabulary(folder):
    content = json.loads((folder / "tokenizer.json").read_text())
    token = {**content["added_tokens"][0], "id": 400, "content": "<one more>"}
    content["added_tokens"].append(token)
    (folder / "tokenizer.json").write_text(json.dumps(content))


REFUSED = {
    "another architecture": (edit("config.json", model_type="llama"), "'llama'"),
    "another layout": (edit("infill.json", layout=99), "canvas layout 99"),
    "another tokenizer": (edit("infill.json", tokenizer=99), "tokenizer 99"),
    "missing weights": (drop_weights, "mlp.up_proj.weight, ...); copy the whole checkpoint"),
    "a longer vocabulary": (longer_vocabulary, "has 401 ids, the weights have 400"),
    "a longer prompt": (edit("infill.json", prompt_tokens=300), "more than the 512 positions"),
    "no folder": (shutil.rmtree, "no checkpoint folder at"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_checkpoint_is_one_line_and_leaves_nothing(train, source, ours, tmp_path, name):
    change, words = REFUSED[name]
    base = shutil.copytree(ours, tmp_path / "base")
    change(base)
    code, _, error = train("--from", str(base), "--source", str(source))
    assert code == 2
    assert words in error
    assert error.startswith("diffgem-engine: ")
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()


BAD_OPTIONS = [
    ("--hold-out", "nobody"), ("--device", "nowhere"), ("--device", "cuda:99"),
    ("--lora", "--width", "128"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", BAD_OPTIONS)
def test_a_refused_option_leaves_nothing_either(train, source, ours, tmp_path, arguments):
    code, _, error = train("--from", str(ours), "--source", str(source), *arguments)
    assert (code, error.count("\n")) == (2, 1)
    assert not (tmp_path / "run").exists()


def test_too_little_memory_to_train_everything(train, source, ours, tmp_path, monkeypatch):
    """Guards an allocation that fails in the first step, after the corpus was made."""
    monkeypatch.setattr(setup_finetune, "free_bytes", lambda _: 1000)
    code, _, error = train("--from", str(ours), "--source", str(source))
    assert code == 2
    assert "GiB are free; give --lora" in error
    assert not (tmp_path / "run").exists()
    code, *_ = train("--from", str(ours), "--source", str(source), *LORA)
    assert code == 0


def test_without_peft_it_says_what_to_install(train, source, ours, tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "diffgem_engine.training.lora", raising=False)
    monkeypatch.setitem(sys.modules, "peft", None)
    code, _, error = train("--from", str(ours), "--source", str(source), *LORA)
    assert code == 1
    assert error == (f"diffgem-engine: peft is not installed; run {install_command('train')}\n")
    assert not (tmp_path / "run").exists()


def test_prompts_are_no_longer_than_the_checkpoints(ours, source, tmp_path, capsys):
    """Guards positions that a small checkpoint does not have."""
    arguments = ["--out", str(tmp_path / "run"), "--source", str(source), "--from", str(ours)]
    assert main(["train", *arguments, "--slice", "1e-9", "--no-compile", "--rows", "1"]) == 0
    capsys.readouterr()
    assert load(ours, CPU).form.prompt_tokens == state(tmp_path)["plan"]["length"] == 160
