"""The checkpoint that a command runs on."""

import argparse
from typing import TYPE_CHECKING

from diffgem_engine.load_progress import Tell, silent

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from diffgem_engine.checkpoint.loading import Checkpoint


QUANTIZE = ("none", "fp8", "int4")  # as `quantization` has it, which brings torch


class LoadFailed(Exception):
    """The checkpoint cannot be used; the message names the fix."""

    exit_code = 1


class BadOption(LoadFailed):
    """It is what was asked for that cannot be, whatever the checkpoint."""

    exit_code = 2


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


def load_checkpoint(
    options: argparse.Namespace, name: "str | Path | None" = None, tell: Tell = silent
) -> "Checkpoint":
    """As the options say, but for a `name` instead of `--model`'s.  Raises LoadFailed."""
    import torch  # noqa: PLC0415 - takes seconds

    from diffgem_engine.checkpoint import loading  # noqa: PLC0415
    from diffgem_engine.core.cores import leave_a_core  # noqa: PLC0415

    leave_a_core()
    device = device_named(options.device)
    try:
        dtype = getattr(torch, options.dtype) if options.dtype else None
        return loading.load(
            name or options.model,
            device,
            dtype,
            quantize=options.quantize or "none",
            wanted=options.format,
            tell=tell,
        )
    except (loading.CheckpointError, RuntimeError) as error:
        raise LoadFailed(str(error)) from error


def device_named(name: str | None) -> "torch.device | None":
    """Raises LoadFailed."""
    import torch  # noqa: PLC0415

    try:
        return torch.device(name) if name else None
    except RuntimeError as error:  # its own message goes on for a page
        raise BadOption(f"no such device: {name}; give cpu, cuda or cuda:1") from error
