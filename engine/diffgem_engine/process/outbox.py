"""What goes to one client of a websocket."""

import asyncio
import logging

from starlette.websockets import WebSocket, WebSocketDisconnect

from diffgem_engine import wire
from diffgem_engine.protocol import EngineMessage, Failure

# Replies that a client leaves unread before it is read no further, and hears no more of how its
# requests get on.
MAX_UNSENT = 256

log = logging.getLogger(__name__)


class Outbox:
    """Whoever puts something in need not wait; `write` runs beside."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._messages: asyncio.Queue[EngineMessage] = asyncio.Queue()

    @property
    def unsent(self) -> int:
        return self._messages.qsize()

    def put(self, message: EngineMessage) -> None:
        self._messages.put_nowait(message)

    async def sent(self) -> None:
        """Until all of it is."""
        await self._messages.join()

    async def write(self) -> None:
        """Send in order.  Once the client is gone, replies are dropped; the reader notices too."""
        while True:
            message = await self._messages.get()
            try:
                await self._socket.send_bytes(_frame(message))
            except (WebSocketDisconnect, RuntimeError):
                log.debug("a reply was dropped: the client is gone")
            finally:
                self._messages.task_done()


def _frame(message: EngineMessage) -> bytes:
    try:
        return _small_enough(wire.encode(message), message)
    except wire.MessageError as error:
        log.warning("a reply %s", error)
        return wire.encode(Failure(error.request_id, "internal", f"the reply {error}"))


def _small_enough(frame: bytes, message: EngineMessage) -> bytes:
    """A larger one than clients take would end the connection, and with it all that they ask."""
    if len(frame) > wire.MAX_FRAME:
        sizes = f"{len(frame):,} bytes, {wire.MAX_FRAME:,} at most"
        raise wire.MessageError(f"is too large: {sizes}", getattr(message, "id", None))
    return frame
