"""The weights of a one-expert DiffusionGemma, laid out for few and large matrix products.

What reads the same input is one matrix, and a norm's weight is folded into the matrix behind it.
That is a copy of the weights, and rounds a little otherwise than they do.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor


class PackedLayer(NamedTuple):
    """Matrices stand [inputs, outputs]."""

    qkv: Tensor  # [width, (heads + 2 kv_heads) * head_dim]
    head_norms: Tensor  # [heads + 2 kv_heads, head_dim]
    attended: Tensor  # [heads * head_dim, width]
    attended_norm: Tensor  # [width]
    gates: Tensor  # [width, dense + expert], as is `ups`, in one matrix
    dense: int
    dense_down: Tensor  # [dense, width]
    dense_norm: Tensor
    expert_down: Tensor  # [expert, width]
    expert_norm: Tensor
    output_norm: Tensor
    scalar: Tensor  # [1]


def pack(layer: Any) -> PackedLayer:
    """Of one decoder layer, whose weights the encoder's layer shares."""
    attention, mlp, experts = layer.self_attn, layer.mlp, layer.experts
    query, key = attention.q_proj.weight, attention.k_proj.weight
    value = key if attention.v_proj is None else attention.v_proj.weight
    expert_gate, expert_up = experts.gate_up_proj[0].chunk(2)
    before, before_expert = (
        layer.pre_feedforward_layernorm.weight,
        layer.pre_feedforward_layernorm_2.weight,
    )
    wide = (
        mlp.gate_proj.weight * before,
        expert_gate * before_expert,
        mlp.up_proj.weight * before,
        expert_up * before_expert,
    )
    return PackedLayer(
        qkv=_turned(torch.cat((query, key, value)) * layer.input_layernorm.weight),
        head_norms=_head_norms(attention, query, key),
        attended=_turned(attention.o_proj.weight),
        attended_norm=layer.post_attention_layernorm.weight.detach(),
        gates=_turned(torch.cat(wide)),
        dense=mlp.gate_proj.weight.shape[0],
        dense_down=_turned(mlp.down_proj.weight),
        dense_norm=layer.post_feedforward_layernorm_1.weight.detach(),
        expert_down=_turned(experts.down_proj[0] * layer.router.per_expert_scale),
        expert_norm=layer.post_feedforward_layernorm_2.weight.detach(),
        output_norm=layer.post_feedforward_layernorm.weight.detach(),
        scalar=layer.layer_scalar,
    )


def _turned(weight: Tensor) -> Tensor:
    return weight.detach().t().contiguous()


def _head_norms(attention: Any, query: Tensor, key: Tensor) -> Tensor:
    """A row for each head of `qkv`; values have a norm without a weight."""
    head_dim = attention.head_dim
    heads, kv_heads = query.shape[0] // head_dim, key.shape[0] // head_dim
    rows = (
        attention.q_norm.weight.expand(heads, -1),
        attention.k_norm.weight.expand(kv_heads, -1),
        torch.ones_like(attention.k_norm.weight).expand(kv_heads, -1),
    )
    return torch.cat(rows).detach()
