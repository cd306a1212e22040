"""What a denoising step cannot do without: the bytes that it reads and the products it makes.

Reckoned from a model's weights and from the experts that its routers chose.  Every weight counts
once, however often a step reads it; what the step itself writes and reads again does not count, and
neither does what a bucket pads.
"""

from collections.abc import Iterator
from math import prod
from typing import Any

from attrs import frozen
from torch import Tensor, nn
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.core.text_config import text_config
from diffgem_engine.quantized.quantization import QuantizedWeight


@frozen
class Shape:
    """Canvases of `slots` open slots behind `prompt` tokens each."""

    slots: int
    prompt: int
    rows: int = 1


@frozen
class Work:
    """Of one step."""

    nbytes: float
    flops: float


def work_of(model: DiffusionGemmaForBlockDiffusion, shape: Shape, experts: float) -> Work:
    """`experts`: how many different ones were chosen in the step, over all layers together."""
    return Work(
        _dense_bytes(model) + experts * _expert_bytes(model) + shape.rows * _kv_bytes(model, shape),
        shape.rows * (shape.slots * _slot_flops(model) + _attention_flops(model, shape)),
    )


def _dense_bytes(model: DiffusionGemmaForBlockDiffusion) -> int:
    """All weights of the decoder and the head but for its experts; tied ones once."""
    experts = {id(tensor) for one in _experts(model) for tensor in _tensors(one)}
    decoder = {id(tensor): tensor for tensor in _tensors(model.model.decoder)}
    weights = decoder | {id(tensor): tensor for tensor in _tensors(model.lm_head)}
    return sum(tensor.nbytes for key, tensor in weights.items() if key not in experts)


def _expert_bytes(model: DiffusionGemmaForBlockDiffusion) -> float:
    """Of one expert of one layer, as it is stored, its scales included."""
    first = next(_experts(model))
    count: int = text_config(model.config).num_experts
    return sum(tensor.nbytes for tensor in _tensors(first)) / count


def _kv_bytes(model: DiffusionGemmaForBlockDiffusion, shape: Shape) -> int:
    """The prompt's keys and values, as far as each layer sees them."""
    total = 0
    for attention, seen in _sights(model, shape):
        keys = attention.k_proj
        total += 2 * seen * keys.out_features * keys.weight.element_size()
    return total


def _slot_flops(model: DiffusionGemmaForBlockDiffusion) -> int:
    """Of one slot: a product and a sum for every value of every weight that it goes through."""
    text, decoder = text_config(model.config), model.model.decoder
    linears = [m for m in decoder.modules() if isinstance(m, nn.Linear)]
    experts = sum(
        text.top_k_experts * prod(_shape(weight)[1:])
        for one in _experts(model)
        for weight in (one.gate_up_proj, one.down_proj)
    )
    # the head gives logits, and the next step's signal is made of what they say
    head = 2 * decoder.embed_tokens.weight.numel()
    values: int = sum(linear.weight.numel() for linear in linears) + experts + head
    return 2 * values


def _attention_flops(model: DiffusionGemmaForBlockDiffusion, shape: Shape) -> int:
    """Every slot looks at the prompt and at all slots, and sums up what it sees."""
    return sum(
        4 * shape.slots * (seen + shape.slots) * int(attention.q_proj.out_features)
        for attention, seen in _sights(model, shape)
    )


def _sights(model: DiffusionGemmaForBlockDiffusion, shape: Shape) -> Iterator[tuple[Any, int]]:
    """Each layer's attention, and the prompt's positions that it sees."""
    window = text_config(model.config).sliding_window
    for layer in model.model.decoder.layers:
        sliding = layer.self_attn.is_sliding
        yield layer.self_attn, min(shape.prompt, window - 1) if sliding else shape.prompt


def _experts(model: DiffusionGemmaForBlockDiffusion) -> Iterator[Any]:
    for layer in model.model.decoder.layers:
        yield layer.experts


def _tensors(module: nn.Module) -> Iterator[Tensor]:
    """What a checkpoint has of it; a few numbers are computed besides."""
    yield from module.state_dict(keep_vars=True).values()


def _shape(weight: Tensor | QuantizedWeight) -> tuple[int, ...]:
    return tuple(weight.shape)
