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
MOST_FILES = 4 * MOST_CONNECTIONS  # those of TLS that are not ready yet, and our own, among them
REQUEST_S = 20.0  # from a request's first byte, or the connection's, to the last of its body
STALLED_S = 60.0  # in which a client reads nothing of what waits for it
LINGER_S = 10.0  # and as much again, for a client to take the last that was said to it
HANDSHAKE_S = 10.0  # of TLS
LARGEST_HEAD = 16 * 1024  # bytes of a request's line and headers
UNREADABLE = b"the websocket's handshake cannot be read: its lines are too long or too many\n"

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

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.close_timeout = LINGER_S

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # h11 has read it, and websockets, with limits of its own, could not
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self._refuse_handshake()

    def handle_ping(self) -> None:
        """Who reads nothing has no pong: they would pile up here."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def send_receive_event_to_app(self) -> None:
        """Text is refused by the engine itself, in words, in whatever bytes it comes."""
        if self.curr_msg_data_type == "text":
            self.frames = [b"".join(self.frames).decode(errors="replace").encode()]
        super().send_receive_event_to_app()

    def _refuse_handshake(self) -> None:
        head = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
        self.transport.write(head + b"Content-Length: %d\r\n\r\n" % len(UNREADABLE) + UNREADABLE)
        self.transport.close()

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

    def send_400_response(self, msg: str) -> None:
        """The request that is being answered, if any, has nobody left to hear it."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.close()

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


class Lingering:
    """Connections that are closed here, and whose clients do not take the last that was said."""

    def __init__(self) -> None:
        self._closing: set[Any] = set()

    def look(self, connections: set[Any]) -> None:
        """To be called every LINGER_S: one that it finds closing twice is cut."""
        closing = {each for each in connections if each.transport.is_closing()}
        for each in closing & self._closing:
            each.transport.abort()
        self._closing = closing


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
