"""What a run learns from, and what its canvases go through."""

from collections.abc import Iterator
from typing import Protocol

from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.training.examples.noise import Corruption
from diffgem_engine.training.plan import Plan
from diffgem_engine.training.source import Source


class Task(Protocol):
    """`code.CodeTask` is one, `sudoku.task.SudokuTask` another."""

    @property
    def corruption(self) -> Corruption: ...

    def source(self, plan: Plan) -> Source:
        """The clean batches of a run."""

    def samples(self, model: DiffusionGemmaForBlockDiffusion) -> Iterator[str]:
        """Lines of text that show what a model has learned so far."""
