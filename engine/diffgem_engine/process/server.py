"""The engine as a process: claims its endpoint, loads, serves, drains when told to stop."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable

from diffgem_engine.access.entrance import Entrance
from diffgem_engine.backends import Backend
from diffgem_engine.endpoint import Endpoint, EndpointError, TlsEndpoint
from diffgem_engine.process import bounds, open_files
from diffgem_engine.process.app import create_app
from diffgem_engine.process.listening import Listening, config_of
from diffgem_engine.process.notifying import READY, STOPPING, notify
from diffgem_engine.process.signals import SIGNALS, hangups_put_off, interruptible
from diffgem_engine.process.sockets import Claim, claimed
from diffgem_engine.process.telling import announce
from diffgem_engine.serving.lifecycle import Lifecycle

DRAIN_S = 10.0
LOOK_AT_CERTIFICATE_S = 10.0
EVERYONE = Entrance()
EXIT_BROKEN = 1
log = logging.getLogger(__name__)


def serve(
    backend_factory: Callable[[], Backend],
    endpoint: Endpoint,
    idle_exit_s: float = 0.0,
    entrance: Entrance = EVERYONE,
    *,
    metrics_by_user: bool = False,
) -> int:
    """Claim `endpoint`, load the backend, serve until told to stop; the process's exit code.

    One line on standard output has the bound endpoint once clients are answered; until then they
    queue.  What the factory raises passes through, with the endpoint released.  Main thread only.
    """
    open_files.allow(bounds.MOST_FILES)
    try:
        with claimed(endpoint) as claim, hangups_put_off(endpoint):
            with interruptible():
                backend = backend_factory()
            server = EngineServer(
                backend, claim, idle_exit_s, entrance=entrance, metrics_by_user=metrics_by_user
            )
            asyncio.run(_serve(server))
            return _exit_code(backend)
    except EndpointError as error:
        print(f"diffgem-engine: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 0


def _exit_code(backend: Backend) -> int:
    """One that tells whoever started us whether another may be started."""
    if not backend.broken:
        return 0
    print(
        "diffgem-engine: ended by the failure logged above: start it again, and report that",
        file=sys.stderr,
    )
    return EXIT_BROKEN


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
        self._uvicorn = Listening(config_of(app, entrance.certificate))

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


async def _serve(server: EngineServer) -> None:
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
