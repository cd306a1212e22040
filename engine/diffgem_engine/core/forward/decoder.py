"""The decoder through transformers' own modules, called one by one with our KV handle.

Its layers read only `past_key_values.layers[i].keys` / `.values` and `.is_compileable`.  That gives
a prefix to every row without a fork of the model.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from diffgem_engine.core.kv import KvHandle, LayerKv


def decoder_pass(
    decoder: Any,
    kinds: Sequence[str],
    canvas: tuple[Tensor, Tensor, Tensor],
    layers: list[LayerKv],
    masks: Mapping[str, Tensor],
) -> Tensor:
    """Hidden states [rows, slots, width] behind the last norm.

    `canvas` is its tokens [rows, slots], the self-conditioning [rows, slots, width] and the
    positions [rows, slots].  `kinds` are the types of the layers; `masks` has one for each type.
    """
    tokens, signal, positions = canvas
    x = decoder.self_conditioning(decoder.embed_tokens(tokens), signal)
    ropes = {kind: decoder.rotary_emb(x, positions, kind) for kind in set(kinds)}
    handle = KvHandle(layers)
    for layer, kind in zip(decoder.layers, kinds, strict=True):
        x = layer(
            x,
            position_embeddings=ropes[kind],
            attention_mask=masks[kind],
            position_ids=positions,
            past_key_values=handle,
        )
    hidden: Tensor = decoder.norm(x)
    return hidden
