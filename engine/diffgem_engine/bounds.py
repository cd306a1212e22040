"""uvicorn's protocols, with an end to every wait for a client and to how many there may be."""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

MOST_CONNECTIONS = 1_024  # TCP, of all clients, whatever they do there
REQUEST_S = 20.0  # from a request's first byte, or the connection's, to the last of its body
STALLED_S = 60.0  # in which a client reads nothing of what waits for it
LARGEST_HEAD = 16 * 1024  # bytes of a request's line and headers

log = logging.getLogger(__name__)


class _Patience:
    """Runs out, unless it ends before."""

    def __init__(self, seconds: float, run_out: Callable[[], None]) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, run_out)

    def end(self) -> None:
        self._timer.cancel()


class _Impatient(asyncio.Protocol):
    """Gives up on who does not read."""

    transport: asyncio.Transport
    _stalled: _Patience | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._stalled is None:
            self._stalled = _Patience(STALLED_S, lambda: self._give_up("reads nothing"))

    def resume_writing(self) -> None:
        super().resume_writing()
        self._end_stall()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_stall()
        super().connection_lost(exc)

    def _end_stall(self) -> None:
        if self._stalled is not None:
            self._stalled.end()
            self._stalled = None

    def _give_up(self, why: str) -> None:
        log.info("a connection was cut: its client %s", why)
        self.transport.abort()


class BoundedWebSocket(_Impatient, WebSocketsSansIOProtocol):
    """Clients that vanished are found by uvicorn's pings."""

    async def send(self, message: "ASGISendEvent") -> None:
        await super().send(message)
        refused = message["type"] == "websocket.http.response.body"
        if refused and not message.get("more_body"):
            self.handshake_complete = True  # or uvicorn logs an error for each wrong token


class BoundedHttp(_Impatient, H11Protocol):
    """A request has to arrive within a time, however slowly its bytes come."""

    _arriving: _Patience | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            self._give_up(f"is one more than {MOST_CONNECTIONS}")
        else:
            self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_arrival()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """From here on the connection is another protocol's."""
        self._end_arrival()
        super().handle_websocket_upgrade(event)

    def _watch(self) -> None:
        """Between requests it is uvicorn that waits, with a shorter patience."""
        there = self.transport.get_protocol() is self and not self.transport.is_closing()
        if not (there and self.conn.their_state in (h11.IDLE, h11.SEND_BODY)):
            self._end_arrival()
        elif self._arriving is None:
            self._arriving = _Patience(REQUEST_S, lambda: self._give_up("is too slow to ask"))

    def _end_arrival(self) -> None:
        if self._arriving is not None:
            self._arriving.end()
            self._arriving = None


OPTIONS: dict[str, Any] = {
    "http": BoundedHttp,
    "ws": BoundedWebSocket,
    "h11_max_incomplete_event_size": LARGEST_HEAD,
    "timeout_keep_alive": 15,  # s
    "proxy_headers": False,  # anybody may write them: addresses are the connections'
    "server_header": False,
    "ws_ping_interval": 20.0,  # s; who does not answer a ping is gone, or as good as gone
    "ws_ping_timeout": 20.0,
}
