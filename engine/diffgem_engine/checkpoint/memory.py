"""Whether a device is there, and whether a model fits it: asked before any weight is read."""

from collections.abc import Iterator
from typing import Any

import psutil
import torch
from attrs import frozen
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.checkpoint.estimate import estimate
from diffgem_engine.checkpoint.files import CheckpointError, first_line
from diffgem_engine.checkpoint.skeleton import quantize_experts, skeleton
from diffgem_engine.core.canvas import LONGEST_CANVAS
from diffgem_engine.core.text_config import text_config
from diffgem_engine.quantized.quantization import QUANTIZE, Quantize

LONGEST_ROOM = 8192  # tokens: room for a longer prompt is not demanded, only used


def dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def check_device(device: torch.device) -> None:
    """Raises CheckpointError for a device that torch cannot use here."""
    try:
        torch.empty(1, device=device).sum().item()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise CheckpointError(
            f"torch cannot use the device {device} ({first_line(error)}); use --device cpu, or "
            "install a torch and a driver for it"
        ) from error


def free_bytes(device: torch.device) -> int:
    """Memory that a model may take on `device`."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return psutil.virtual_memory().available


@frozen
class Described:
    """What is known of a checkpoint before its weights are there: its config.json, and what the
    user calls it.
    """

    name: str
    config: dict[str, Any]

    def skeleton(
        self, dtype: torch.dtype, quantize: Quantize, *, pictures: bool = False
    ) -> DiffusionGemmaForBlockDiffusion:
        """Its model without weights.  Raises CheckpointError for a config of none that we run."""
        model = skeleton(self.config, dtype, self.name, pictures=pictures)
        quantize_experts(model, quantize, self.name)
        return model


def room_for(model: DiffusionGemmaForBlockDiffusion) -> int:
    """Tokens of the longest prompt that there must be room for."""
    positions = text_config(model.config).max_position_embeddings
    return max(0, min(positions - LONGEST_CANVAS, LONGEST_ROOM))


def check_fits(
    described: Described,
    model: DiffusionGemmaForBlockDiffusion,
    device: torch.device,
    quantize: Quantize,
) -> None:
    """Raises CheckpointError for a model, still without weights, that has no room on `device` with
    a prompt, and names the dtype or the quantization that has.
    """
    free = free_bytes(device)
    need, dtype, tokens = estimate(model, room_for(model)).total, model.dtype, room_for(model)
    if need > free:
        smaller = next(_smaller(described, dtype, quantize, free), "")
        raise CheckpointError(
            f"{described.name} needs about {_gib(need)} on {device} in {dtype_name(dtype)}"
            f"{with_experts(quantize)}, a prompt of {tokens} tokens included, and "
            f"{_gib(free)} are free; use {smaller}a smaller checkpoint or a machine with more "
            "memory"
        )


def _smaller(
    described: Described, dtype: torch.dtype, quantize: Quantize, free: int
) -> Iterator[str]:
    """The options that fit, from the most exact on."""
    dtypes = [dtype] if dtype.itemsize <= torch.bfloat16.itemsize else [dtype, torch.bfloat16]
    for bits in QUANTIZE[QUANTIZE.index(quantize) :]:
        for other in dtypes:
            model = described.skeleton(other, bits)
            need = estimate(model, room_for(model)).total
            if need <= free:
                changed = "" if other == dtype else f"--dtype {dtype_name(other)} "
                changed += "" if bits == quantize else f"--quantize {bits} "
                yield f"{changed}(about {_gib(need)}), "


def with_experts(quantize: Quantize) -> str:
    """In words, behind a dtype."""
    return "" if quantize == "none" else f" with {quantize} experts"


def _gib(nbytes: int) -> str:
    return f"{nbytes / 2**30:.1f} GiB"
