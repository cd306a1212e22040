"""An exponential moving average of a model's weights: what is evaluated and shipped."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

DECAY = 0.998  # the last five hundred steps, roughly


class Average:
    """Of the weights that are trained; the first steps count as in a plain mean."""

    def __init__(self, model: nn.Module) -> None:
        self._live = {n: w for n, w in model.named_parameters() if w.requires_grad}
        self._mean = {name: weight.detach().clone() for name, weight in self._live.items()}
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
        with torch.no_grad():
            kept = {name: weight.clone() for name, weight in self._live.items()}
            self._put(self._mean)
            try:
                yield
            finally:
                self._put(kept)

    def _put(self, values: dict[str, Tensor]) -> None:
        for name, weight in self._live.items():
            weight.copy_(values[name])

    def state_dict(self) -> dict[str, object]:
        return {"mean": self._mean, "steps": self._steps}

    def load_state_dict(self, state: dict[str, object]) -> None:
        """Raises KeyError or RuntimeError for those of another model."""
        mean, steps = state["mean"], state["steps"]
        if not isinstance(mean, dict) or not isinstance(steps, int):
            raise KeyError("no average")
        with torch.no_grad():
            for name, value in self._mean.items():
                value.copy_(mean[name])
        self._steps = steps
