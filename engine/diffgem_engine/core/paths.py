"""The paths that a canvas may take, behind one interface."""

from typing import Any, Protocol, TypeVar

from diffgem_engine.core.autoregression import AutoregressivePath
from diffgem_engine.core.canvas import CanvasPath, CanvasRules
from diffgem_engine.core.denoising import DiffusionPath
from diffgem_engine.core.hypotheses import HypothesesPath
from diffgem_engine.core.kv import PrefixKv
from diffgem_engine.core.reviewing import ReviewingPath
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.sequence import Outcome, Sequence

R = TypeVar("R")


class Path(Protocol[R]):
    """What is done with a canvas, once its prompt is prefilled; `R` is what a step finds for a
    row.
    """

    def start(self, sequence: Sequence, prefix: PrefixKv) -> None:
        """Make it ready for its first step; `prefix` is the KV of its prompt."""

    def look(self, batch: list[Sequence]) -> list[R]:
        """The model's pass for one step of a batch.  No sequence changes: it may be made again."""

    def advance(self, sequence: Sequence, row: R) -> Outcome | None:
        """Take what was found into the sequence; how it ended, if it has."""


def paths_of(runner: Runner, rules: CanvasRules) -> dict[CanvasPath, Path[Any]]:
    diffusion = DiffusionPath(runner, rules)
    return {
        "diffusion": diffusion,
        "hypotheses": HypothesesPath(runner, diffusion),
        "autoregressive": AutoregressivePath(runner, rules),
        "review": ReviewingPath(runner, rules),
    }
