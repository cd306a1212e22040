"""The small DiffusionGemma that ships inside the package."""

from typing import Any

import torch
from attrs import evolve, frozen
from transformers import (
    DiffusionGemmaConfig,
    DiffusionGemmaForBlockDiffusion,
    DiffusionGemmaTextConfig,
    Gemma4VisionConfig,
)

EMBEDDING_STD = 0.02
SUBLAYER_SCALE = 0.5
QUERY_KEY_SCALE = 0.35


@frozen
class Size:
    """The free dimensions of a small model; the rest follows DiffusionGemma."""

    vocab: int
    hidden: int = 256
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    head_dim: int = 64
    mlp: int = 768
    expert: int = 32
    window: int = 128
    positions: int = 1024
    full_every: int = 3  # layers; the others are sliding, and the last is full in any case
    rotary_base: float | None = None  # of all layers; None: the architecture's own, by kind


HEAD_DIM = 64
WIDTHS = 2 * HEAD_DIM  # a width is so many times a whole number: two query heads share a key head


def scaled(size: Size, width: int | None, layers: int | None) -> Size:
    """Of another width and depth, in the same proportions; None leaves them."""
    if width is not None and width != size.hidden:
        size = evolve(
            size,
            hidden=width,
            heads=width // HEAD_DIM,
            kv_heads=width // WIDTHS,
            head_dim=HEAD_DIM,
            mlp=3 * width,
            expert=width // 8,
        )
    return size if layers is None else evolve(size, layers=layers)


def _layer_types(size: Size) -> list[str]:
    """Sliding layers, then a full one, and so on; the last is full, as the architecture demands."""
    kinds = [
        "sliding_attention" if (i + 1) % size.full_every else "full_attention"
        for i in range(size.layers)
    ]
    return [*kinds[:-1], "full_attention"]


def _rotary(size: Size) -> dict[str, dict[str, Any]] | None:
    if size.rotary_base is None:
        return None
    kinds = ("sliding_attention", "full_attention")
    return {kind: {"rope_type": "default", "rope_theta": size.rotary_base} for kind in kinds}


def _smallest_vision() -> Gemma4VisionConfig:
    # The class insists on a vision tower; its default has 168M parameters.
    return Gemma4VisionConfig(
        hidden_size=4,
        intermediate_size=4,
        num_hidden_layers=1,
        num_attention_heads=1,
        num_key_value_heads=1,
        head_dim=4,
        position_embedding_size=4,
    )


def small_config(size: Size) -> DiffusionGemmaConfig:
    """The config of a model of this size: every layer has one expert, always chosen."""
    text = DiffusionGemmaTextConfig(  # type: ignore[call-arg]  # it takes more than it declares
        vocab_size=size.vocab,
        hidden_size=size.hidden,
        intermediate_size=size.mlp,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.kv_heads,
        head_dim=size.head_dim,
        global_head_dim=size.head_dim,
        num_global_key_value_heads=size.kv_heads,
        layer_types=_layer_types(size),
        sliding_window=size.window,
        rope_parameters=_rotary(size),
        max_position_embeddings=size.positions,
        num_experts=1,
        top_k_experts=1,
        moe_intermediate_size=size.expert,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=2,
    )
    return DiffusionGemmaConfig(
        text_config=text,
        vision_config=_smallest_vision(),
        # Reserved ids that no text has: generate() compares the prompt with them.
        boi_token_id=13,
        eoi_token_id=14,
        image_token_id=15,
        canvas_length=256,
    )


def initialize(model: DiffusionGemmaForBlockDiffusion) -> None:
    """Start small where the architecture starts loud.

    Every sub-layer ends in a norm of weight one, which drowns the embedding at random weights.
    Queries and keys have norms too and no 1/sqrt(head_dim): at weight one a random head attends to
    a single token, and the first hundred steps go into unlearning that.
    """
    decoder = model.model.decoder
    with torch.no_grad():
        decoder.embed_tokens.weight.normal_(std=EMBEDDING_STD)
        for layer in decoder.layers:
            layer.post_attention_layernorm.weight.fill_(SUBLAYER_SCALE)
            layer.post_feedforward_layernorm.weight.fill_(SUBLAYER_SCALE)
            layer.self_attn.q_norm.weight.fill_(QUERY_KEY_SCALE)
            layer.self_attn.k_norm.weight.fill_(QUERY_KEY_SCALE)
