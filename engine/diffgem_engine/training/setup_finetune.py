"""A checkpoint that goes on to learn: all of it, or adapters beside its frozen weights."""

import hashlib
from pathlib import Path
from typing import Any, cast

import torch
from attrs import evolve
from torch import nn

from diffgem_engine.checkpoint import loading
from diffgem_engine.checkpoint.loading import Checkpoint, CheckpointError
from diffgem_engine.checkpoint.memory import free_bytes
from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.training.code import CodeTask
from diffgem_engine.training.errors import PlanChanged
from diffgem_engine.training.native import native_format
from diffgem_engine.training.plan import Plan
from diffgem_engine.training.prepare import prepare
from diffgem_engine.training.recipe import Recipe
from diffgem_engine.training.setup import Setup

TRAINING_BYTES = 16  # of a trained float32 weight beside itself: gradient, two moments, average
SAMPLED = 64  # values of each weight that tell it from another


def from_checkpoint(
    recipe: Recipe, plan: Plan, run: Path, corpus: dict[str, Any], device: torch.device
) -> Setup:
    """`corpus`: the options of `origin.given`.

    Raises CheckpointError for a checkpoint that cannot be trained, PlanChanged for other weights
    than the run was begun with, TrainError; a first slice has saved nothing then.
    """
    base = _load(recipe, device)
    mark = fingerprint(base.model)
    if recipe.weights not in (None, mark):
        raise PlanChanged(
            f"{run} was begun with other weights than {recipe.checkpoint} has now; put those back, "
            "or give another --out"
        )
    form = cast(InfillFormat, base.form)  # `_load` asks for no other
    ids = form.ids
    base.tokenizer.reserve((ids.hole, ids.eom, ids.suffix, ids.prefix))
    torch.manual_seed(plan.seed)
    adapter = None
    if recipe.lora is not None:
        # peft takes seconds, and an extra of its own
        from diffgem_engine.training.lora import Adapter  # noqa: PLC0415

        adapter = Adapter(base.model, recipe.lora, recipe.checkpoint or "")
    documents, tokenizer = prepare(run, corpus, evolve(recipe, weights=mark), base.tokenizer)
    task = CodeTask(documents, tokenizer, form, base.sampling)
    return Setup(base.model, task, form, base.sampling, adapter)


def _load(recipe: Recipe, device: torch.device) -> Checkpoint:
    """What is trained is in float32, what is frozen in the device's own dtype."""
    dtype = torch.float32 if recipe.lora is None else loading.best_dtype(device)
    base = loading.load(recipe.checkpoint, device, dtype, native_format, pictures=True)
    encoder = base.model.model.encoder
    for pictures in (encoder.vision_tower, encoder.embed_vision):  # no text reaches them
        pictures.requires_grad_(False)
    if recipe.lora is None:
        _check_room(base, device)
    return base


def _check_room(base: Checkpoint, device: torch.device) -> None:
    need = TRAINING_BYTES * sum(w.numel() for w in base.model.parameters() if w.requires_grad)
    if need > (free := free_bytes(device)):
        raise CheckpointError(
            f"to train all weights of {base.name} takes about {need / 2**30:.1f} GiB beside them "
            f"on {device}, {free / 2**30:.1f} GiB are free; give --lora, or a smaller checkpoint"
        )


def fingerprint(model: nn.Module) -> str:
    """The same for the same weights, in whatever dtype they were loaded; it reads a few of each."""
    found = hashlib.sha256()
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            found.update(name.encode())
            values = weight.flatten()[:SAMPLED].to(torch.bfloat16).float().cpu()
            found.update(values.numpy().tobytes())
    return found.hexdigest()[:16]
