"""`diffgem-engine serve`."""

import argparse
import sys

from diffgem_engine import server
from diffgem_engine.backends import Backend
from diffgem_engine.commands.loading import LoadFailed, add_model_arguments, load_checkpoint
from diffgem_engine.endpoint import (
    Endpoint,
    EndpointError,
    TcpEndpoint,
    default_endpoint,
    parse_endpoint,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--socket", metavar="PATH", help="a unix socket, or tcp://HOST:PORT")
    where.add_argument("--host", metavar="H", help="a loopback address")
    parser.add_argument("--port", type=int, default=0, metavar="P", help="with --host; 0: any")
    parser.add_argument(
        "--idle-exit", type=float, default=0.0, metavar="S", help="end after S s without clients"
    )
    add_model_arguments(parser)


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


def _endpoint(options: argparse.Namespace) -> Endpoint:
    if options.host is not None:
        return TcpEndpoint(options.host, options.port)
    return parse_endpoint(options.socket) if options.socket else default_endpoint()
