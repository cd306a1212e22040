"""Serve a checkpoint to editors: load it once, fill their holes until told to stop."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from diffgem_engine import load_progress, logs
from diffgem_engine.access.tls import Certificate
from diffgem_engine.backends import Backend
from diffgem_engine.commands import numbers
from diffgem_engine.commands.loading import LoadFailed, add_model_arguments, load_checkpoint
from diffgem_engine.commands.upstreams import (
    add_upstream_arguments,
    upstream_backend,
    upstream_complaint,
)
from diffgem_engine.endpoint import (
    Endpoint,
    EndpointError,
    TcpEndpoint,
    TlsEndpoint,
    default_endpoint,
    is_loopback,
    parse_endpoint,
)
from diffgem_engine.process.telling import announce
from diffgem_engine.router import options as routing
from diffgem_engine.router.errors import SecondError

LOOPBACK = "127.0.0.1"
BAD_INPUT = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--socket",
        metavar="PATH",
        help="a unix socket in a folder that is yours alone, tcp://HOST:PORT or tls://HOST:PORT",
    )
    parser.add_argument(
        "--host", metavar="H", help=f"an address; beyond loopback with TLS (default: {LOOPBACK})"
    )
    parser.add_argument("--port", type=int, metavar="P", help="of that address; 0: any")
    parser.add_argument(
        "--idle-exit", type=numbers.at_least(0.0), default=0.0, metavar="S",
        help="end after S s without clients (default: 0, never)",
    )  # fmt: skip
    _add_access_arguments(parser)
    routing.add_arguments(parser)
    add_model_arguments(parser)
    add_upstream_arguments(parser)
    logs.add_arguments(parser)
    parser.add_argument("--metrics-by-user", action="store_true", help="name users in /metrics")


def _add_access_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tls-cert", type=Path, metavar="FILE", help="serve TLS with this certificate chain (PEM)"
    )
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="the certificate's key (PEM)")
    parser.add_argument(
        "--tokens", type=Path, metavar="FILE",
        help="the store of `diffgem-engine token` (default: in ~/.config/diffgem)",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """The model is loaded once the socket is claimed: a second engine fails within a second."""
    if complaint := upstream_complaint(options):
        print(f"diffgem-engine: {complaint}", file=sys.stderr)
        return BAD_INPUT
    try:
        with logs.configured(options):
            return _serve(options)
    except (EndpointError, LoadFailed, SecondError, logs.LogError) as error:
        print(f"diffgem-engine: {error}", file=sys.stderr)
        return _exit_code(error)


def _exit_code(error: Exception) -> int:
    return error.exit_code if isinstance(error, EndpointError | LoadFailed) else BAD_INPUT


def _serve(options: argparse.Namespace) -> int:
    from diffgem_engine.access.entrance import entrance_for  # noqa: PLC0415
    from diffgem_engine.process import server  # noqa: PLC0415 - of the extra, as all that it brings

    certificate = _certificate(options)
    endpoint = _endpoint(options, certificate)
    entrance = entrance_for(endpoint, options.tokens, certificate)
    return server.serve(
        _loader(options, endpoint),
        endpoint,
        options.idle_exit,
        entrance,
        metrics_by_user=options.metrics_by_user,
    )


def _loader(options: argparse.Namespace, endpoint: Endpoint) -> Callable[[], Backend]:
    second = routing.second_of(options)  # what is wrong with it is said before a model is loaded

    def load() -> Backend:
        if options.backend == "vllm":
            return upstream_backend(options)
        with load_progress.told(endpoint) as report:
            report(load_progress.STARTING, None)
            from diffgem_engine.backends.local import LocalBackend  # noqa: PLC0415 - brings torch

            checkpoint = load_checkpoint(options, tell=report)
            announce(checkpoint.summary)
            report(load_progress.PREPARING, None)
            return routing.routed(options, LocalBackend(checkpoint), second)

    return load


def _endpoint(options: argparse.Namespace, certificate: Certificate | None) -> Endpoint:
    found = _place(options, certificate)
    if certificate is not None and not isinstance(found, TlsEndpoint):
        raise EndpointError(f"--tls-cert is for tls://HOST:PORT, not for {found}")
    return found


def _place(options: argparse.Namespace, certificate: Certificate | None) -> Endpoint:
    if options.host is None and options.port is None:
        return default_endpoint() if options.socket is None else parse_endpoint(options.socket)
    if options.socket is not None:
        raise EndpointError("--socket goes with neither --host nor --port: leave out one of them")
    host, port = options.host or LOOPBACK, options.port or 0
    if certificate is not None:
        return TlsEndpoint(host, port)
    if not is_loopback(host):
        raise EndpointError(
            f"{host} is not a loopback address, and beyond loopback there is TLS with tokens "
            "alone: give --tls-cert FILE and --tls-key FILE, and make a token for each user with "
            "`diffgem-engine token add NAME`"
        )
    return TcpEndpoint(host, port)


def _certificate(options: argparse.Namespace) -> Certificate | None:
    if options.tls_cert is None and options.tls_key is None:
        return None
    if options.tls_cert is None or options.tls_key is None:
        raise EndpointError("--tls-cert FILE and --tls-key FILE go together: give both")
    return Certificate(options.tls_cert, options.tls_key)
