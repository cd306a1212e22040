"""An exponential moving average of a model's weights: what is evaluated and shipped."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from diffgem_engine.training import weights

DECAY = 0.998  # the last five hundred steps, roughly


class Average:
    """Of the weights that are trained; the first steps count as in a plain mean."""

    def __init__(self, model: nn.Module) -> None:
        self._live = weights.trained(model)
        self._mean = weights.copied(self._live)
        self._steps = 0

    @torch.no_grad()
    def update(self) -> None:
        """After each step of the optimizer."""
        self._steps += 1
        decay = min(DECAY, self._steps / (self._steps + 9))
        torch._foreach_lerp_([*self._mean.values()], [*self._live.values()], 1 - decay)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Inside, the model has the averaged weights; no step may be taken there."""
        with weights.in_place(self._live, self._mean):
            yield

    def state_dict(self) -> dict[str, object]:
        return {"mean": self._mean, "steps": self._steps}

    def load_state_dict(self, state: dict[str, object]) -> None:
        """Raises KeyError or ValueError for those of another model."""
        mean, steps = state["mean"], state["steps"]
        if not isinstance(mean, dict) or not isinstance(steps, int):
            raise KeyError("no average")
        weights.put(self._mean, mean)
        self._steps = steps
