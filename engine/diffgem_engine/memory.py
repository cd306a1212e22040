"""Whether a device is there, and whether a model fits it: asked before any weight is read."""

import psutil
import torch

from diffgem_engine.checkpoint_files import CheckpointError, first_line

HEADROOM = 1.2  # of the weights' size: activations and cached prompts
CPU = torch.device("cpu")


def dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def check_device(device: torch.device) -> None:
    """Raises CheckpointError for a device that torch cannot use here."""
    try:
        torch.empty(0, device=device)
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


def check_fits(name: str, parameters: int, device: torch.device, dtype: torch.dtype) -> None:
    """Raises CheckpointError.  The weights are read into this machine's memory, and only then
    moved to another device: they must fit both.
    """
    weights = parameters * dtype.itemsize
    _check_room(name, weights * HEADROOM, device, dtype)
    if device.type == "cuda":
        _check_room(name, weights, CPU, dtype)


def _check_room(name: str, need: float, device: torch.device, dtype: torch.dtype) -> None:
    free = free_bytes(device)
    if need > free:
        smaller = "--dtype bfloat16, " if dtype.itemsize > torch.bfloat16.itemsize else ""
        raise CheckpointError(
            f"{name} needs about {need / 2**30:.1f} GiB on {device} in {dtype_name(dtype)}, "
            f"{free / 2**30:.1f} GiB are free; use {smaller}a smaller checkpoint or a machine "
            "with more memory"
        )
