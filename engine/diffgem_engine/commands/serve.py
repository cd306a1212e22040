"""Serve a checkpoint to editors: load it once, fill their holes until told to stop."""

import argparse
import sys

from diffgem_engine import load_progress
from diffgem_engine.backends import Backend
from diffgem_engine.commands.loading import LoadFailed, add_model_arguments, load_checkpoint
from diffgem_engine.endpoint import (
    Endpoint,
    EndpointError,
    TcpEndpoint,
    default_endpoint,
    parse_endpoint,
)
from diffgem_engine.router import options as routing
from diffgem_engine.router.errors import SecondError

LOOPBACK = "127.0.0.1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--socket",
        metavar="PATH",
        help="a unix socket, in a folder that is yours alone, or tcp://HOST:PORT",
    )
    parser.add_argument("--host", metavar="H", help=f"a loopback address (default: {LOOPBACK})")
    parser.add_argument("--port", type=int, metavar="P", help="of that address; 0: any")
    parser.add_argument(
        "--idle-exit", type=float, default=0.0, metavar="S", help="end after S s without clients"
    )
    routing.add_arguments(parser)
    add_model_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """The model is loaded once the socket is claimed: a second engine fails within a second."""
    try:
        endpoint = _endpoint(options)
        second = routing.second_of(options)
    except (EndpointError, SecondError) as error:
        print(f"diffgem-engine: {error}", file=sys.stderr)
        return 2

    from diffgem_engine import server  # noqa: PLC0415 - of the extra, as all that it brings

    def load() -> Backend:
        with load_progress.told(endpoint) as tell:
            tell(load_progress.STARTING, None)
            from diffgem_engine.backends.local import LocalBackend  # noqa: PLC0415 - brings torch

            checkpoint = load_checkpoint(options, tell=tell)
            print(checkpoint.summary, flush=True)
            tell(load_progress.PREPARING, None)
            return routing.routed(options, LocalBackend(checkpoint), second)

    try:
        return server.serve(load, endpoint, options.idle_exit)
    except LoadFailed as error:
        print(f"diffgem-engine: {error}", file=sys.stderr)
        return 1


def _endpoint(options: argparse.Namespace) -> Endpoint:
    if options.host is None and options.port is None:
        return default_endpoint() if options.socket is None else parse_endpoint(options.socket)
    if options.socket is not None:
        raise EndpointError("--socket goes with neither --host nor --port: leave out one of them")
    return TcpEndpoint(options.host or LOOPBACK, options.port or 0)
