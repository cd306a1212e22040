"""The checkpoint that a command runs on."""

import argparse
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from diffgem_engine.checkpoint import Checkpoint


QUANTIZE = ("none", "fp8", "int4")  # as `quantization` has it, which brings torch


class LoadFailed(Exception):
    """The checkpoint cannot be used; the message names the fix."""


def add_model_argument(
    parser: argparse.ArgumentParser, group: "argparse._MutuallyExclusiveGroup | None" = None
) -> None:
    """`group`: of what excludes a model."""
    (group or parser).add_argument(
        "--model", metavar="DIR_OR_ID",
        help="a checkpoint's folder or hub id (default: python-small, the embedded model)",
    )  # fmt: skip
    parser.add_argument(
        "--quantize", choices=QUANTIZE, help="of the experts' weights alone (default: none)"
    )


def add_model_arguments(
    parser: argparse.ArgumentParser, group: "argparse._MutuallyExclusiveGroup | None" = None
) -> None:
    add_model_argument(parser, group)
    parser.add_argument("--device", metavar="NAME", help="cpu, cuda, cuda:1, ...")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"))
    parser.add_argument(
        "--format", choices=("native", "pinned", "chat"),
        help="how holes are put to the model (default: what the checkpoint's files speak of)",
    )  # fmt: skip


def load_checkpoint(options: argparse.Namespace, name: str | None = None) -> "Checkpoint":
    """As the options say, but for a `name` instead of `--model`'s.  Raises LoadFailed."""
    import torch  # noqa: PLC0415 - takes seconds

    from diffgem_engine import checkpoint  # noqa: PLC0415

    leave_a_core()
    device = device_named(options.device)
    try:
        dtype = getattr(torch, options.dtype) if options.dtype else None
        return checkpoint.load(
            name or options.model,
            device,
            dtype,
            quantize=options.quantize or "none",
            wanted=options.format,
        )
    except (checkpoint.CheckpointError, RuntimeError) as error:
        raise LoadFailed(str(error)) from error


def device_named(name: str | None) -> "torch.device | None":
    """Raises LoadFailed."""
    import torch  # noqa: PLC0415

    try:
        return torch.device(name) if name else None
    except RuntimeError as error:  # its own message goes on for a page
        raise LoadFailed(f"no such device: {name}; give cpu, cuda or cuda:1") from error


def leave_a_core() -> None:
    """One thread less than there are cores for us, unless OMP_NUM_THREADS says otherwise.

    torch counts physical cores, the system those that this process may run on: the fewer count.

    The editor needs one too, and threads that wait for one another at every product lose more to
    a busy core than they gain: on two cores a step of 32 slots takes 26 ms with one thread and
    25 ms with two, but 44 ms with two beside another busy process.
    """
    import torch  # noqa: PLC0415

    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, min(torch.get_num_threads(), _allowed_cores()) - 1))


def _allowed_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS binds no process to cores
