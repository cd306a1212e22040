"""A leaner forward over DiffusionGemma's own weights, for training a one-expert model.

Same function as `transformers`' forward (a test holds them together), less of it: the router is
skipped (one expert, always chosen, has weight `per_expert_scale`), sliding attention looks at two
chunks instead of the whole row, and no cache object stands between encoder and decoder.
"""

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.core.forward.unfit import unfit
from diffgem_engine.core.text_config import text_config
from diffgem_engine.training.passes.attention import causal_attention

KeyValue = tuple[Tensor, Tensor]  # each [batch, kv_heads, positions, head_dim]


class Rope(NamedTuple):  # torch.compile sees through a tuple, not through an attrs class
    """Rotary tables of one layer type: cos and sin, each [positions, head_dim]."""

    cos: Tensor
    sin: Tensor

    def at(self, positions: Tensor) -> "Rope":
        """The rows of `positions` [batch, n], ready to broadcast over heads."""
        return Rope(self.cos[positions].unsqueeze(1), self.sin[positions].unsqueeze(1))


def rms(x: Tensor, weight: Tensor | None, eps: float) -> Tensor:
    """In float32, as transformers does it, and back."""
    wide = x.float()
    normed = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return (normed if weight is None else normed * weight.float()).type_as(x)


def _gelu_gate(gate: Tensor, up: Tensor) -> Tensor:
    return F.gelu(gate, approximate="tanh") * up


def _rotate(x: Tensor, rope: Rope) -> Tensor:
    half = x.shape[-1] // 2
    turned = torch.cat((-x[..., half:], x[..., :half]), dim=-1)
    return x * rope.cos + turned * rope.sin


class LeanForward:
    """Encoder and decoder passes over the weights of `model`, which stays their only owner."""

    def __init__(self, model: DiffusionGemmaForBlockDiffusion) -> None:
        config = text_config(model.config)
        if complaint := unfit(model):
            raise ValueError(f"the lean forward does not take {complaint}")
        self.decoder: Any = model.model.decoder
        self.embedding: nn.Parameter = self.decoder.embed_tokens.weight
        self.eps = config.rms_norm_eps
        self.heads = config.num_attention_heads
        self.kinds = config.layer_types
        self.window = config.sliding_window
        self.softcap = config.final_logit_softcapping
        self.scale: float = config.hidden_size**0.5
        positions = torch.arange(config.max_position_embeddings, device=self.embedding.device)[None]
        self.ropes = {
            kind: Rope(
                *(table[0] for table in self.decoder.rotary_emb(self.embedding, positions, kind))
            )
            for kind in set(self.kinds)
        }

    def encode(self, ids: Tensor) -> tuple[Tensor, list[KeyValue]]:
        """Causal pass over `ids` [batch, length] -> hidden [batch, length, width] and the KV."""
        x = F.embedding(ids, self.embedding) * self.scale
        positions = torch.arange(ids.shape[1], device=ids.device)[None]
        cache: list[KeyValue] = []
        for layer, kind in zip(self.decoder.layers, self.kinds, strict=True):
            q, k, v = self._project(layer, x, self.ropes[kind].at(positions))
            cache.append((k, v))
            key, value = self._spread(k), self._spread(v)
            window = self.window if kind == "sliding_attention" else ids.shape[1]
            x = self._finish(layer, x, causal_attention(q, key, value, window))
        return rms(x, self.decoder.norm.weight, self.eps), cache

    def denoise(
        self,
        canvas: Tensor,
        signal: Tensor,
        positions: Tensor,
        cache: list[KeyValue],
        masks: dict[str, Tensor],
    ) -> Tensor:
        """Bidirectional pass over `canvas` [batch, slots] -> hidden [batch, slots, width].

        `signal` is the self-conditioning embedding [batch, slots, width]; `masks` says, per layer
        type, which of the encoder's and the canvas' positions a slot sees [batch, 1, slots, keys].
        """
        x = self._condition(F.embedding(canvas, self.embedding) * self.scale, signal)
        for layer, kind, past in zip(self.decoder.layers, self.kinds, cache, strict=True):
            q, k, v = self._project(layer, x, self.ropes[kind].at(positions))
            key = self._spread(torch.cat((past[0], k), dim=2))
            value = self._spread(torch.cat((past[1], v), dim=2))
            out = F.scaled_dot_product_attention(q, key, value, attn_mask=masks[kind], scale=1.0)
            x = self._finish(layer, x, out)
        return rms(x, self.decoder.norm.weight, self.eps)

    def logits(self, hidden: Tensor) -> Tensor:
        logits = F.linear(hidden, self.embedding).float()
        return torch.tanh(logits / self.softcap) * self.softcap

    def soft_embedding(self, logits: Tensor) -> Tensor:
        return (logits.softmax(-1).to(self.embedding.dtype) @ self.embedding) * self.scale

    def _condition(self, x: Tensor, signal: Tensor) -> Tensor:
        module = self.decoder.self_conditioning
        normed = rms(signal, module.pre_norm.weight, self.eps)
        gate, up = (
            F.linear(normed, module.gate_proj.weight),
            F.linear(normed, module.up_proj.weight),
        )
        return rms(x + F.linear(_gelu_gate(gate, up), module.down_proj.weight), None, self.eps)

    def _project(self, layer: Any, x: Tensor, rope: Rope) -> tuple[Tensor, Tensor, Tensor]:
        attention = layer.self_attn
        normed = rms(x, layer.input_layernorm.weight, self.eps)
        q, k = self._heads(attention.q_proj, normed), self._heads(attention.k_proj, normed)
        v = k if attention.v_proj is None else self._heads(attention.v_proj, normed)
        q = _rotate(rms(q, attention.q_norm.weight, self.eps), rope)
        k = _rotate(rms(k, attention.k_norm.weight, self.eps), rope)
        return q, k, rms(v, None, self.eps)

    def _heads(self, projection: nn.Linear, x: Tensor) -> Tensor:
        """[batch, n, width] -> [batch, heads, n, head_dim]"""
        out = F.linear(x, projection.weight)
        head_dim = self.decoder.layers[0].self_attn.head_dim
        return out.view(*x.shape[:2], -1, head_dim).transpose(1, 2)

    def _spread(self, x: Tensor) -> Tensor:
        """Repeat the key or value heads for the query heads that share them."""
        return x.repeat_interleave(self.heads // x.shape[1], dim=1)

    def _finish(self, layer: Any, x: Tensor, attended: Tensor) -> Tensor:
        flat = attended.transpose(1, 2).reshape(*x.shape[:2], -1)
        x = x + rms(
            F.linear(flat, layer.self_attn.o_proj.weight),
            layer.post_attention_layernorm.weight,
            self.eps,
        )
        both = self._dense(layer, x) + self._expert(layer, x)
        x = x + rms(both, layer.post_feedforward_layernorm.weight, self.eps)
        scalar: Tensor = layer.layer_scalar
        return x * scalar

    def _dense(self, layer: Any, x: Tensor) -> Tensor:
        normed = rms(x, layer.pre_feedforward_layernorm.weight, self.eps)
        gate, up = (
            F.linear(normed, layer.mlp.gate_proj.weight),
            F.linear(normed, layer.mlp.up_proj.weight),
        )
        out = F.linear(_gelu_gate(gate, up), layer.mlp.down_proj.weight)
        return rms(out, layer.post_feedforward_layernorm_1.weight, self.eps)

    def _expert(self, layer: Any, x: Tensor) -> Tensor:
        normed = rms(x, layer.pre_feedforward_layernorm_2.weight, self.eps)
        gate, up = F.linear(normed, layer.experts.gate_up_proj[0]).chunk(2, dim=-1)
        out = F.linear(_gelu_gate(gate, up), layer.experts.down_proj[0])
        out = out * layer.router.per_expert_scale
        return rms(out, layer.post_feedforward_layernorm_2.weight, self.eps)
