"""The engine for a command: one attempt, and a word to who waits for it to start."""

import argparse
import sys

from diffgem_engine.endpoint import default_endpoint, parse_endpoint
from diffgem_lsp.engine_client import EngineClient, EngineState
from diffgem_lsp.engine_process import Launcher
from diffgem_lsp.engine_timing import Timing


def engine_for(options: argparse.Namespace) -> EngineClient:
    """Raises EndpointError for a socket that cannot be used."""
    endpoint = parse_endpoint(options.socket) if options.socket else default_endpoint()
    extra = ("--model", options.model) if options.model else ()
    return EngineClient(endpoint, Launcher(options=extra), _say_starting, Timing(attempts=1))


def _say_starting(state: EngineState, _: str) -> None:
    if state is EngineState.STARTING and sys.stderr.isatty():
        print("connecting to the engine (the first start takes some seconds) ...", file=sys.stderr)
