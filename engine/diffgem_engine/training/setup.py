"""All that a run trains with, put together by `setup_scratch`, `setup_finetune` or
`sudoku.setup`.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from attrs import frozen
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.core.sampler import SamplingParams
from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.training.task import Task

if TYPE_CHECKING:
    from diffgem_engine.training.lora import Adapter


@frozen
class Setup:
    """What of `model` is to be trained has gradients; with an `adapter`, that alone."""

    model: DiffusionGemmaForBlockDiffusion
    task: Task
    form: InfillFormat
    sampling: SamplingParams
    adapter: "Adapter | None" = None

    def plain(self) -> AbstractContextManager[None]:
        """Inside, the model has what it learned in its own weights."""
        return nullcontext() if self.adapter is None else self.adapter.merged()
