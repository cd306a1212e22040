"""Connect to the engine that runs, or start one."""

import asyncio
import shlex

from diffgem_engine.endpoint import (
    EXIT_IN_USE,
    Endpoint,
    TcpEndpoint,
    TlsEndpoint,
    UnixEndpoint,
)
from diffgem_lsp.engine.access import Access
from diffgem_lsp.engine.connection import EngineConnection
from diffgem_lsp.engine.dial import NoEngine
from diffgem_lsp.engine.errors import EngineLost, EngineUnavailable, NobodyListens
from diffgem_lsp.engine.process import EngineProcess, Launcher
from diffgem_lsp.engine.timing import Timing


async def connect_or_start(
    endpoint: Endpoint, launcher: Launcher | None, timing: Timing, access: Access
) -> EngineConnection:
    """Raises EngineUnavailable, or EngineLost for what another attempt may cure.

    Without a launcher, and but on a unix socket, an engine is only connected to.
    """
    try:
        return await EngineConnection.open(endpoint, access)
    except NoEngine:
        if launcher is None or not isinstance(endpoint, UnixEndpoint):
            raise NobodyListens(_how_to_start(endpoint)) from None
        return await _connect_started(endpoint, launcher.start(endpoint), timing)


async def _connect_started(
    endpoint: UnixEndpoint, engine: EngineProcess, timing: Timing
) -> EngineConnection:
    deadline = timing.clock() + timing.start
    while timing.clock() < deadline:
        try:
            return await EngineConnection.open(endpoint)
        except NoEngine:
            await timing.sleep(timing.poll)
        except EngineLost as error:  # it died while loading: its exit says why
            await asyncio.wait({engine.exited}, timeout=timing.last_words)
            if not engine.exited.done():
                raise EngineLost(f"{error}: see {engine.log}") from error
        if engine.exited.done():
            return await _after_exit(endpoint, engine)
    raise EngineUnavailable(
        f"the engine did not listen on {endpoint} within {timing.start:g} s: see {engine.log}"
    )


async def _after_exit(endpoint: UnixEndpoint, engine: EngineProcess) -> EngineConnection:
    """The process that we started is gone: connect to the one that was faster, if that is why."""
    code = engine.exited.result()
    if code != EXIT_IN_USE:
        raise EngineUnavailable(
            f"the engine stopped with exit code {code}: {engine.last_words()} (see {engine.log})",
            permanent=code > 0,  # it said what is wrong; a signal may have been an accident
        )
    try:
        return await EngineConnection.open(endpoint)
    except NoEngine:
        raise EngineLost(
            f"another engine starts or stops on {endpoint}: stop it, or name another socket"
        ) from None


def _how_to_start(endpoint: Endpoint) -> str:
    match endpoint:
        case UnixEndpoint():
            where = f"--socket {shlex.quote(str(endpoint.path))}"
        case TcpEndpoint():
            where = f"--host {endpoint.host} --port {endpoint.port}"
        case TlsEndpoint():
            where = f"--port {endpoint.port} --host ... --tls-cert ... --tls-key ... on its machine"
    return f"no engine listens on {endpoint}: run diffgem-engine serve {where}"
