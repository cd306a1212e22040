"""The training forward through transformers' own modules, for any DiffusionGemma checkpoint.

As the engine's `runner.py`, with gradients: many experts, heads of several sizes, adapters.
"""

from typing import Any

import torch
from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion, DynamicCache

from diffgem_engine.core.forward.decoder import decoder_pass
from diffgem_engine.core.kv import LayerKv, filled
from diffgem_engine.core.text_config import text_config
from diffgem_engine.training.passes.attention import sliding_mask
from diffgem_engine.training.passes.lean import KeyValue


class StockForward:
    """A `forward.Forward` of any model."""

    def __init__(self, model: DiffusionGemmaForBlockDiffusion) -> None:
        config = text_config(model.config)
        self._encoder: Any = model.model.encoder.language_model
        self._decoder: Any = model.model.decoder
        self._head: Any = model.lm_head
        self._kinds = list(config.layer_types)
        self._softcap = config.final_logit_softcapping
        self.window = config.sliding_window
        self.scale: float = config.hidden_size**0.5
        if self.embedding.dtype != torch.float32:  # the modules round it too
            self.scale = float(torch.tensor(self.scale, dtype=self.embedding.dtype))

    @property
    def embedding(self) -> Tensor:
        weight: Tensor = self._decoder.embed_tokens.weight
        return weight

    def encode(self, ids: Tensor) -> tuple[Tensor, list[KeyValue]]:
        cache = DynamicCache()  # without a config: sliding layers at full length as well
        length = ids.shape[1]
        near = None if length <= self.window else sliding_mask(length, self.window, ids.device)
        out = self._encoder(
            input_ids=ids,
            attention_mask={
                "full_attention": None,  # causal by itself
                "sliding_attention": None if near is None else near[None, None],
            },
            position_ids=torch.arange(length, device=ids.device)[None],
            past_key_values=cache,
        )
        return out.last_hidden_state, filled(cache)

    def denoise(
        self,
        canvas: Tensor,
        signal: Tensor,
        positions: Tensor,
        cache: list[KeyValue],
        masks: dict[str, Tensor],
    ) -> Tensor:
        layers = [LayerKv(*each) for each in cache]
        return decoder_pass(self._decoder, self._kinds, (canvas, signal, positions), layers, masks)

    def logits(self, hidden: Tensor) -> Tensor:
        logits: Tensor = self._head(hidden).float()
        return torch.tanh(logits / self._softcap) * self._softcap

    def soft_embedding(self, logits: Tensor) -> Tensor:
        return (logits.softmax(-1).to(self.embedding.dtype) @ self.embedding) * self.scale
