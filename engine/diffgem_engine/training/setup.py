"""All that a run trains with, put together by `setup_scratch` or `setup_finetune`."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from attrs import frozen
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.canvas import InfillFormat
from diffgem_engine.sampler import SamplingParams
from diffgem_engine.tokenizer import CodeTokenizer
from diffgem_engine.training.corpus import Document

if TYPE_CHECKING:
    from diffgem_engine.training.lora import Adapter


@frozen
class Setup:
    """What of `model` is to be trained has gradients; with an `adapter`, that alone."""

    model: DiffusionGemmaForBlockDiffusion
    documents: Sequence[Document]
    tokenizer: CodeTokenizer
    form: InfillFormat
    sampling: SamplingParams
    adapter: "Adapter | None" = None

    def plain(self) -> AbstractContextManager[None]:
        """Inside, the model has what it learned in its own weights."""
        return nullcontext() if self.adapter is None else self.adapter.merged()
