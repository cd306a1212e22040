"""The engine as a process: claims its endpoint, loads, serves, drains when told to stop."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Generator
from types import FrameType
from typing import Any

import uvicorn
from starlette.applications import Starlette

from diffgem_engine import wire
from diffgem_engine.access.entrance import Entrance
from diffgem_engine.access.tls import RenewedCertificate
from diffgem_engine.backends import Backend
from diffgem_engine.endpoint import Endpoint, EndpointError, TlsEndpoint
from diffgem_engine.process import bounds, open_files
from diffgem_engine.process.app import create_app
from diffgem_engine.process.notifying import READY, STOPPING, notify
from diffgem_engine.process.sockets import Claim, claimed
from diffgem_engine.process.telling import tell
from diffgem_engine.serving.lifecycle import Lifecycle

DRAIN_S = 10.0
LOOK_AT_CERTIFICATE_S = 10.0
EVERYONE = Entrance()
EXIT_BROKEN = 1
log = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def serve(
    backend_factory: Callable[[], Backend],
    endpoint: Endpoint,
    idle_exit_s: float = 0.0,
    entrance: Entrance = EVERYONE,
    announce: Callable[[str], None] = tell,
    *,
    metrics_by_user: bool = False,
) -> int:
    """Claim `endpoint`, load the backend, serve until told to stop; the process's exit code.

    `announce` gets one line with the bound endpoint once clients are answered; until then they
    queue.  What the factory raises passes through, with the endpoint released.  Main thread only.
    """
    open_files.allow(bounds.MOST_FILES)
    try:
        with claimed(endpoint) as claim, _hangups_put_off(endpoint):
            with _interruptible():
                backend = backend_factory()
            server = EngineServer(
                backend, claim, idle_exit_s, entrance=entrance, metrics_by_user=metrics_by_user
            )
            asyncio.run(_serve(server, announce))
            if backend.broken:  # whoever started us may start another
                print("diffgem-engine: ended by the failure logged above", file=sys.stderr)
                return EXIT_BROKEN
    except EndpointError as error:
        print(f"diffgem-engine: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 0
    return 0


class EngineServer:
    """Serves one backend on one claimed endpoint."""

    def __init__(
        self,
        backend: Backend,
        claim: Claim,
        idle_exit_s: float = 0.0,
        drain_s: float = DRAIN_S,
        entrance: Entrance = EVERYONE,
        *,
        metrics_by_user: bool = False,
    ) -> None:
        self.ready = asyncio.Event()
        self.endpoint = claim.endpoint
        self._backend = backend
        self._claim = claim
        self._drain_s = drain_s
        self._stopping = asyncio.Event()
        self._lifecycle = Lifecycle(idle_exit_s, self.stop)
        self._certificate = entrance.certificate
        app = create_app(
            backend, self._lifecycle, entrance.authenticator, metrics_by_user=metrics_by_user
        )
        self._uvicorn = _Uvicorn(_config(app, entrance.certificate))

    def stop(self) -> None:
        """Drain and end; told a second time, cancel what is in flight instead of waiting."""
        if self._stopping.is_set():
            self._lifecycle.give_up()
        self._lifecycle.refuse_new()
        self._stopping.set()

    async def run(self) -> None:
        """Serve until `stop`, or until no client has come for the idle time."""
        serving = asyncio.create_task(self._uvicorn.serve([self._claim.socket]))
        await self._uvicorn.ready.wait()
        self._backend.when_broken(self._lifecycle.end)  # nobody may be asking just then
        self._lifecycle.watch_idle()
        self.ready.set()
        looking = [asyncio.create_task(each()) for each in (self._renew, self._cut_lingering)]
        await self._until_stopped(serving)
        for each in looking:
            each.cancel()
        log.info("no new requests from now; those that run have %g s to end", self._drain_s)
        notify(STOPPING)
        self._stop_accepting()
        await self._lifecycle.drain(self._drain_s)
        self._uvicorn.should_exit = True
        await serving
        await self._backend.close()

    def look_at_certificate(self) -> None:
        """It may have been renewed."""
        if self._certificate is not None:
            self._certificate.look()

    async def _renew(self) -> None:
        while self._certificate is not None:
            await asyncio.sleep(LOOK_AT_CERTIFICATE_S)
            self.look_at_certificate()

    async def _cut_lingering(self) -> None:
        lingering = bounds.Lingering()
        while True:
            await asyncio.sleep(bounds.LINGER_S)
            lingering.look(self._uvicorn.server_state.connections)

    async def _until_stopped(self, serving: asyncio.Task[None]) -> None:
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()

    def _stop_accepting(self) -> None:
        for listener in self._uvicorn.servers:
            listener.close()
        self._claim.withdraw()


class _Uvicorn(uvicorn.Server):
    """Leaves signals to us: its own handler closes websockets at once and raises them again.

    Listens by itself, since uvicorn has no setting for the time that TLS takes.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            self.servers = [await self._listening(each) for each in sockets or ()]
            self.started = True
        finally:
            self.ready.set()

    async def _listening(self, listener: socket.socket) -> asyncio.Server:
        tls: dict[str, Any] = {}
        if self.config.ssl:
            tls["ssl"] = self.config.ssl
            tls["ssl_handshake_timeout"] = bounds.HANDSHAKE_S
            tls["ssl_shutdown_timeout"] = bounds.LINGER_S
        loop, backlog = asyncio.get_running_loop(), self.config.backlog
        return await loop.create_server(self._protocol, sock=listener, backlog=backlog, **tls)

    def _protocol(self) -> asyncio.Protocol:
        return bounds.BoundedHttp(self.config, self.server_state, app_state={})


def _config(app: Starlette, certificate: RenewedCertificate | None) -> uvicorn.Config:
    context = certificate.context if certificate is not None else None
    return uvicorn.Config(
        app,
        ssl_context_factory=None if context is None else lambda *_: context,
        **bounds.OPTIONS,
        # a frame within twice the limit still gets our Failure; uvicorn cuts off larger ones
        ws_max_size=2 * wire.MAX_FRAME,
        ws_per_message_deflate=False,
        lifespan="off",
        timeout_graceful_shutdown=3,  # s, for work that does not heed its cancellation
        log_config=None,
        log_level="warning",
        access_log=False,
    )


async def _serve(server: EngineServer, announce: Callable[[str], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, server.stop)
    if isinstance(server.endpoint, TlsEndpoint):
        loop.add_signal_handler(signal.SIGHUP, server.look_at_certificate)
    running = asyncio.create_task(server.run())
    await server.ready.wait()
    announce(f"diffgem-engine listens on {server.endpoint} (pid {os.getpid()})")
    notify(READY)
    await running


@contextlib.contextmanager
def _interruptible() -> Generator[None]:
    """While the model loads, SIGTERM ends the process as Ctrl-C does: by way of the cleanup."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _hangups_put_off(endpoint: Endpoint) -> Generator[None]:
    """SIGHUP, which asks an engine over TLS for a look at its certificate, must not end it while it
    loads, as if that were a wish of the operator's: it looks by itself soon after.
    """
    if not isinstance(endpoint, TlsEndpoint):
        yield
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)
