"""The engine for a command: one attempt, and a word to who waits for it to start."""

import argparse
import sys

from diffgem_engine.endpoint import Endpoint, default_endpoint, parse_endpoint
from diffgem_lsp.engine_client import EngineClient, EngineState
from diffgem_lsp.engine_process import Launcher
from diffgem_lsp.engine_timing import Timing


def endpoint_for(options: argparse.Namespace) -> Endpoint:
    """Raises EndpointError for a socket that cannot be used."""
    return default_endpoint() if options.socket is None else parse_endpoint(options.socket)


def engine_for(options: argparse.Namespace) -> EngineClient:
    """Raises EndpointError."""
    extra = ("--model", options.model) if options.model else ()
    launcher = Launcher(options=extra)
    return EngineClient(endpoint_for(options), launcher, _say_starting, Timing(attempts=1))


def _say_starting(state: EngineState, _: str) -> None:
    if state is EngineState.STARTING and sys.stderr.isatty():
        print("connecting to the engine (the first start takes some seconds) ...", file=sys.stderr)
