"""The model of a checkpoint before it has weights: every tensor on meta, without memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import Any

import torch
from torch import nn
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion

from diffgem_engine.checkpoint.files import CheckpointError, first_line
from diffgem_engine.core.text_config import text_config
from diffgem_engine.quantized.experts import QuantizedExperts
from diffgem_engine.quantized.quantization import Quantize, QuantizedWeight

PICTURES = ("model.encoder.vision_tower.", "model.encoder.embed_vision.")  # no text reaches them


def skeleton(
    config: dict[str, Any], dtype: torch.dtype, name: str, *, pictures: bool = False
) -> DiffusionGemmaForBlockDiffusion:
    """The model that `config`, a config.json, describes; its floats are of `dtype`.

    Without `pictures` it has no vision tower.  `name` is what the user calls it.  Raises
    CheckpointError for a config that describes no model.
    """
    try:
        with torch.device("meta"), _default_dtype(dtype):
            described = DiffusionGemmaConfig.from_dict(config)
            _check(text_config(described))
            model = DiffusionGemmaForBlockDiffusion(described)
    except Exception as error:  # of whatever the library stumbles over
        raise CheckpointError(
            f"the config.json of {name} describes no model that runs here ({first_line(error)}); "
            "copy it again, or update DiffGem"
        ) from error
    if not pictures:
        del model.model.encoder.vision_tower, model.model.encoder.embed_vision
    model.eval()
    return model


def _check(text: Any) -> None:
    """What the library builds a model of, and stumbles over at the first pass."""
    if not 1 <= text.top_k_experts <= text.num_experts:
        raise ValueError(f"top_k_experts is {text.top_k_experts} of {text.num_experts} experts")
    if text.sliding_window < 1:
        raise ValueError(f"sliding_window is {text.sliding_window}")
    if not (text.final_logit_softcapping or 0) > 0:
        raise ValueError(f"final_logit_softcapping is {text.final_logit_softcapping}")


def quantize_experts(model: DiffusionGemmaForBlockDiffusion, quantize: Quantize, name: str) -> None:
    """Give a skeleton quantized experts; what encoder and decoder share they share again.

    Raises CheckpointError for experts that cannot be quantized so.
    """
    if quantize == "none":
        return
    known: dict[nn.Parameter, QuantizedExperts] = {}
    for stack in (model.model.decoder, model.model.encoder.language_model):
        for layer in stack.layers:
            weight = layer.experts.gate_up_proj
            if weight not in known:
                known[weight] = _quantized(layer.experts, quantize, name)
            layer.experts = known[weight]


def _quantized(experts: Any, quantize: Quantize, name: str) -> QuantizedExperts:
    try:
        with torch.device("meta"):
            return QuantizedExperts(experts, quantize)
    except ValueError as error:
        raise CheckpointError(
            f"{name} takes no --quantize {quantize}: {error}; leave it out"
        ) from error


def count_parameters(model: nn.Module) -> int:
    """Of all weights; what is shared counts once, and what is quantized by its values."""
    packed = {m: prod(m.shape) for m in model.modules() if isinstance(m, QuantizedWeight)}
    return sum(w.numel() for w in model.parameters()) + sum(packed.values())


def is_picture(name: str) -> bool:
    """Whether a weight is one of the vision tower's."""
    return name.startswith(PICTURES)


def first_name(model: DiffusionGemmaForBlockDiffusion, name: str) -> str:
    """The name under which a weight is stored that the encoder and the decoder share."""
    tied: dict[str, str] = model.all_tied_weights_keys
    return tied.get(name, name)


@contextmanager
def _default_dtype(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
