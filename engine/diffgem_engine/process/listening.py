"""uvicorn on a socket that is ours already, with signals and TLS as we want them."""

import asyncio
import contextlib
import socket
from collections.abc import Generator
from typing import Any

import uvicorn
from starlette.applications import Starlette

from diffgem_engine import wire
from diffgem_engine.access.tls import RenewedCertificate
from diffgem_engine.process import bounds


class Listening(uvicorn.Server):
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


def config_of(app: Starlette, certificate: RenewedCertificate | None) -> uvicorn.Config:
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
