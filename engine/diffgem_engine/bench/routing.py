"""How many different experts a denoising step reads, as its routers have it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor

from diffgem_engine.bench.driving import drive, warmed_engine
from diffgem_engine.bench.setup import Setup
from diffgem_engine.core.forward.stock import StockForward
from diffgem_engine.core.request import InfillIds
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.text_config import text_config


def experts_chosen(setup: Setup, requests: Sequence[InfillIds]) -> float:
    """Over all layers together, the mean of the steps of `requests`, which are of one shape.

    They are run once more through transformers' modules, which the routers can be watched in: the
    same prompts, canvases and seeds.
    """
    model = setup.checkpoint.model
    if text_config(model.config).num_experts == 1:
        return float(len(model.model.decoder.layers))
    runner = Runner(model, StockForward(model))
    engine = warmed_engine(setup, requests, runner)
    bucket, slots = requests[0].bucket.slots, len(requests[0].canvas)
    with _watched(model.model.decoder.layers, bucket, slots) as chosen:
        run = drive(setup, engine, requests)
    steps = len(run.steps) + 1
    return sum(_read(masks, steps) for masks in chosen) / steps


def _read(masks: list[Tensor], steps: int) -> float:
    """Of one layer, in all steps: what halves of a batch have chosen both is read once a step."""
    passes = torch.stack(masks).view(steps, -1, len(masks[0]))
    return float(passes.any(1).sum())


@contextmanager
def _watched(layers: Any, bucket: int, slots: int) -> Iterator[list[list[Tensor]]]:
    """Of every layer and each of its passes, whether slots that count have chosen an expert
    [experts].
    """
    every: list[list[Tensor]] = [[] for _ in layers]

    def note(
        masks: list[Tensor], _: object, __: object, found: tuple[Tensor, Tensor, Tensor]
    ) -> None:
        chosen = found[2].view(-1, bucket, found[2].shape[-1])[:, :slots]
        mask = torch.zeros_like(found[0][0], dtype=torch.bool)
        masks.append(mask.index_fill_(0, chosen.flatten(), True))

    handles: list[Callable[[], None]] = [
        layer.router.register_forward_hook(partial(note, masks)).remove
        for layer, masks in zip(layers, every, strict=True)
    ]
    try:
        yield every
    finally:
        for remove in handles:
            remove()
