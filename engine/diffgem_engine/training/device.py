"""Where a run trains, and what that machine is good at."""

import torch

from diffgem_engine.checkpoint.loading import best_device
from diffgem_engine.checkpoint.memory import check_device
from diffgem_engine.training.errors import TrainError


def device_of(name: str | None) -> torch.device:
    """A GPU where there is one, unless `name` says otherwise.

    Raises TrainError for a name that is none, CheckpointError for a device that is not there.
    """
    try:
        device = torch.device(name) if name else best_device()
    except RuntimeError as error:  # its own message goes on for a page
        raise TrainError(f"no such device: {name}; give cpu, cuda or cuda:1") from error
    check_device(device)
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
    return device


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether products in bfloat16 are faster there than in float32.

    A CPU without instructions for them emulates them, and takes several times as long.
    """
    if device.type != "cpu":
        return device.type == "cuda"
    can = torch.cpu.get_capabilities()
    return bool(can.get("avx512_bf16") or can.get("amx_bf16"))
