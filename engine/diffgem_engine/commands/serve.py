"""`diffgem-engine serve`."""

import argparse
import sys
from typing import TYPE_CHECKING

from diffgem_engine import server
from diffgem_engine.backends import Backend
from diffgem_engine.endpoint import (
    Endpoint,
    EndpointError,
    TcpEndpoint,
    default_endpoint,
    parse_endpoint,
)

if TYPE_CHECKING:
    from diffgem_engine.checkpoint import Checkpoint


def run(options: argparse.Namespace) -> int:
    """The model is loaded once the socket is claimed: a second engine fails within a second."""
    try:
        endpoint = _endpoint(options)
    except EndpointError as error:
        print(f"diffgem-engine: {error}", file=sys.stderr)
        return error.exit_code

    def load() -> Backend:
        from diffgem_engine.backends.local import LocalBackend  # noqa: PLC0415 - brings torch

        checkpoint = load_checkpoint(options)
        print(checkpoint.summary, flush=True)
        return LocalBackend(checkpoint)

    try:
        return server.serve(load, endpoint, options.idle_exit)
    except LoadFailed as error:
        print(f"diffgem-engine: {error}", file=sys.stderr)
        return 1


class LoadFailed(Exception):
    """The checkpoint cannot be used; the message names the fix."""


def load_checkpoint(options: argparse.Namespace) -> "Checkpoint":
    """Of `--model`, `--device`, `--dtype`.  Raises LoadFailed."""
    import torch  # noqa: PLC0415 - takes seconds

    from diffgem_engine import checkpoint  # noqa: PLC0415

    try:
        device = torch.device(options.device) if options.device else None
        dtype = getattr(torch, options.dtype) if options.dtype else None
        return checkpoint.load(options.model, device, dtype)
    except (checkpoint.CheckpointError, RuntimeError) as error:
        raise LoadFailed(str(error)) from error


def _endpoint(options: argparse.Namespace) -> Endpoint:
    if options.host is not None:
        return TcpEndpoint(options.host, options.port)
    return parse_endpoint(options.socket) if options.socket else default_endpoint()
