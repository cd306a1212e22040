"""The engine for a command: one attempt, and a word to who waits for it to start."""

import argparse
import asyncio
import sys

from diffgem_engine.endpoint import Endpoint, default_endpoint, parse_endpoint
from diffgem_lsp.engine import models
from diffgem_lsp.engine.access import access_of
from diffgem_lsp.engine.client import EngineClient, EngineState
from diffgem_lsp.engine.process import Launcher
from diffgem_lsp.engine.timing import Timing
from diffgem_lsp.privacy.guarded import GuardedEngine

LONG_S = 0.5


def endpoint_for(options: argparse.Namespace) -> Endpoint:
    """Raises EndpointError for a socket that cannot be used."""
    return default_endpoint() if options.socket is None else parse_endpoint(options.socket)


def engine_for(options: argparse.Namespace) -> GuardedEngine:
    """No secret gets through it.  Raises EndpointError."""
    launcher, notice = Launcher(options=models.serve_options(options.model)), _Notice()
    access = access_of(options.token_file, options.certificate)
    once = Timing(attempts=1)
    return GuardedEngine(
        EngineClient(endpoint_for(options), launcher, notice.on_state, once, access=access)
    )


class _Notice:
    """Says on a terminal what is waited for, if it takes long."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def on_state(self, state: EngineState, _: str) -> None:
        if state is EngineState.STARTING and sys.stderr.isatty():
            self._timer = asyncio.get_running_loop().call_later(LONG_S, self._say)
        elif self._timer is not None:
            self._timer.cancel()

    def _say(self) -> None:
        print("starting the engine: the first time takes some seconds ...", file=sys.stderr)
