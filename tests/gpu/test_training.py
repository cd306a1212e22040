"""Training on a GPU: products in bfloat16, compiled, resumed elsewhere."""

import json
from functools import partial

import pytest
import torch
from checkpoints import python_files, write_published

from diffgem_engine.__main__ import main
from diffgem_engine.checkpoint.loading import load
from diffgem_engine.training import recipe
from diffgem_engine.training.plan import Plan

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here"),
    pytest.mark.filterwarnings("default"),  # torch's compiler warns of this and that
]
CPU = torch.device("cpu")


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source" / "alpha"
    folder.mkdir(parents=True)
    for path in python_files(4):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder.parent


@pytest.fixture
def train(tmp_path, source, monkeypatch):
    monkeypatch.setattr(recipe, "Plan", partial(Plan, length=256))
    first = ["--source", str(source), "--rows", "2"]

    def slice_of(*arguments, minutes):
        out = tmp_path / "run"
        given = [] if out.exists() else first
        return main(["train", "--out", str(out), "--slice", str(minutes), *given, *arguments])

    return slice_of


def losses(tmp_path):
    lines = (tmp_path / "run" / "log.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("compiled", [True, False])
def test_a_new_model_learns_and_goes_on_on_a_cpu(train, tmp_path, compiled):
    """Guards tensors on two devices, losses that are no numbers, a state that only a GPU reads."""
    how = () if compiled else ("--no-compile",)
    new = ("--vocab", "400", "--width", "128", "--layers", "3", "--encoder-first", "0")
    assert train(*new, *how, "--device", "cuda", minutes=1.0 if compiled else 0.2) == 0
    first = losses(tmp_path)
    assert first[-1]["canvas"] < first[0]["canvas"]
    assert train("--no-compile", "--device", "cpu", minutes=1e-9) == 0
    assert losses(tmp_path)[-1]["step"] == first[-1]["step"] + 1
    load(tmp_path / "run" / "model", CPU)


@pytest.mark.parametrize("more", [(), ("--lora", "4")], ids=["full", "lora"])
@pytest.mark.parametrize("compiled", [True, False])
def test_a_checkpoint_with_many_experts_is_fine_tuned(train, tmp_path, more, compiled):
    """Guards a base in bfloat16 under adapters in float32, and experts in a mixed product."""
    base = write_published(tmp_path / "base")
    how = () if compiled else ("--no-compile",)
    tuning = ("--from", str(base), "--rate", "0.003", "--distil", "0.2")
    assert train(*tuning, *more, *how, "--device", "cuda", minutes=1.0) == 0
    assert all(0 < line["canvas"] < 20 for line in losses(tmp_path))
    load(tmp_path / "run" / "model", CPU)
