"""Which checkpoints a leaner forward computes the same for: those of the embedded model's kind."""

from typing import Any

import torch
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.core.text_config import text_config


def unfit(model: DiffusionGemmaForBlockDiffusion) -> str | None:
    """Why the lean forward would not compute what transformers does; None where it would."""
    config, decoder = text_config(model.config), model.model.decoder
    encoder = model.model.encoder.language_model
    pairs = [*zip(encoder.layers, decoder.layers, strict=True)]
    head_dims = {layer.self_attn.head_dim for layer in decoder.layers}
    checks = {
        "more than one expert a layer": config.num_experts != 1,
        "heads of several sizes": len(head_dims) > 1,
        "biases or dropout": config.attention_bias or config.attention_dropout > 0,
        "another activation": config.hidden_activation != "gelu_pytorch_tanh",
        "an encoder that is not causal": config.use_bidirectional_attention == "all",
        "quantized experts": not all(_plain(layer.experts) for layer in decoder.layers),
        "adapters": any(hasattr(module, "base_layer") for module in decoder.modules()),
        "a head of its own": model.lm_head.weight is not decoder.embed_tokens.weight,
        "an encoder of its own": not all(_shared(one, other) for one, other in pairs),
    }
    return next((complaint for complaint, found in checks.items() if found), None)


def _plain(experts: Any) -> bool:
    return isinstance(experts.gate_up_proj, torch.nn.Parameter)


def _shared(encoder_layer: Any, decoder_layer: Any) -> bool:
    ours = dict(decoder_layer.named_parameters())
    same = all(weight is ours.get(name) for name, weight in encoder_layer.named_parameters())
    return same and torch.equal(encoder_layer.layer_scalar, decoder_layer.layer_scalar)
