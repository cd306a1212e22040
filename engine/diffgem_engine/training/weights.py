"""The weights that a run trains: what it averages, saves and keeps for its teacher.

Of a fine-tuning run they are a part of the model, with adapters a small one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

Values = dict[str, Tensor]


def trained(model: nn.Module) -> dict[str, nn.Parameter]:
    """By their names; of tied weights the first one's."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def copied(weights: Mapping[str, Tensor]) -> Values:
    return {name: weight.detach().clone() for name, weight in weights.items()}


@torch.no_grad()
def put(weights: Mapping[str, Tensor], values: Mapping[str, Tensor]) -> None:
    """Raises KeyError or ValueError for those of another model; more than these may be there."""
    for name, weight in weights.items():
        if values[name].shape != weight.shape:  # or it would be broadcast
            raise ValueError(f"{name} is of another shape")
    for name, weight in weights.items():
        weight.copy_(values[name])


@contextmanager
def in_place(weights: Mapping[str, Tensor], values: Mapping[str, Tensor]) -> Iterator[None]:
    """Inside, `weights` are `values`; no step may be taken there."""
    kept = copied(weights)
    put(weights, values)
    try:
        yield
    finally:
        put(weights, kept)
