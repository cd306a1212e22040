"""The model's two passes: through transformers' own modules, or leaner where that is the same."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.core.forward.graphed import GraphedForward
from diffgem_engine.core.forward.lean import LeanForward
from diffgem_engine.core.forward.stock import StockForward
from diffgem_engine.core.forward.unfit import unfit
from diffgem_engine.core.kv import EncoderKv, PaddedPrefix, PrefixKv
from diffgem_engine.core.request import Bucket

__all__ = ["Forward", "forward_for"]


class Forward(Protocol):
    """Hidden states are those after the model's last norm, ready for its head."""

    def encode(
        self,
        ids: Tensor,
        positions: Tensor,
        kv: EncoderKv,
        masks: Mapping[str, Tensor | None] | None,
    ) -> Tensor:
        """Hidden states [tokens, width] of `ids` [tokens] at `positions` [tokens].

        `kv.update` notes their keys and values and gives what they see.  `masks`, by layer type,
        say which of these each token sees [1, 1, tokens, keys], a None all of them; without
        `masks` the pass is causal, sliding layers as far as their window.
        """

    def alike(self, bucket: Bucket) -> Bucket:
        """What of `bucket` canvases must have in common that share a pass."""

    def pad(self, prefix: PrefixKv, bucket: Bucket) -> PaddedPrefix:
        """What a canvas of `bucket` reads of `prefix`, in memory of its own."""

    def decode(
        self, tokens: Tensor, signal: Tensor, prefixes: Sequence[PaddedPrefix], sizes: Sequence[int]
    ) -> Tensor:
        """Hidden states [rows, slots, width] of canvases `tokens` [rows, slots].

        `signal` [rows, slots, width] is the self-conditioning; of row i the first `sizes[i]` slots
        count, the others are a bucket's padding, which no slot sees.
        """


def forward_for(model: DiffusionGemmaForBlockDiffusion) -> Forward:
    """On a GPU captured graphs; else the leaner one where it computes the same, and as exactly: in
    float32.
    """
    if model.device.type == "cuda":
        return GraphedForward(StockForward(model))
    exact = model.dtype == torch.float32
    return StockForward(model) if unfit(model) or not exact else LeanForward(model)
