"""How many different experts a denoising step reads, as its routers have it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from diffgem_engine.bench.driving import drive, warmed_engine
from diffgem_engine.bench.setup import Setup
from diffgem_engine.forward.stock import StockForward
from diffgem_engine.runner import Runner
from diffgem_engine.sequence import InfillIds


def experts_chosen(setup: Setup, requests: Sequence[InfillIds]) -> float:
    """Over all layers together, the mean of the steps of `requests`, which are of one shape.

    They are run once more through transformers' modules, which the routers can be watched in: the
    same prompts, canvases and seeds.
    """
    model = setup.checkpoint.model
    if model.config.text_config.num_experts == 1:
        return float(len(model.model.decoder.layers))
    runner = Runner(model, StockForward(model))
    engine = warmed_engine(setup, requests, runner)
    bucket, slots = requests[0].bucket.slots, len(requests[0].canvas)
    with _watched(model.model.decoder.layers, bucket, slots) as counts:
        run = drive(setup, engine, requests)
    return float(torch.stack(counts).sum()) / (len(run.steps) + 1)


@contextmanager
def _watched(layers: Any, bucket: int, slots: int) -> Iterator[list[Tensor]]:
    """Of every pass of every layer, the number of experts that slots which count have chosen."""
    counts: list[Tensor] = []

    def note(_: object, __: object, found: tuple[Tensor, Tensor, Tensor]) -> None:
        chosen = found[2].view(-1, bucket, found[2].shape[-1])[:, :slots]
        counts.append(torch.zeros_like(found[0][0]).index_fill_(0, chosen.flatten(), 1).sum())

    handles: list[Callable[[], None]] = [
        layer.router.register_forward_hook(note).remove for layer in layers
    ]
    try:
        yield counts
    finally:
        for remove in handles:
            remove()
