"""The door of the application: websockets and HTTP requests, each with its user or refused."""

import asyncio
import contextlib
import math
from collections import Counter
from collections.abc import AsyncIterator, Iterator

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket

from diffgem_engine.access.authentication import Authenticator
from diffgem_engine.access.refusals import Refusal, may_not
from diffgem_engine.access.users import INFILL, LOCAL, User
from diffgem_engine.protocol.failing import RequestError

MOST_OPEN = 512  # websockets, of all users
MOST_OF_A_USER = 64
POLICY_VIOLATION = 1008
LONGEST_REASON = 120  # bytes of a close frame; the protocol takes 123


CODES = {401: "unauthorized", 403: "forbidden", 429: "rate-limited", 503: "unavailable"}


class Door:
    """One for an engine."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._open: Counter[str] = Counter()

    def user_of(self, connection: HTTPConnection, right: str = INFILL) -> User | Refusal:
        """Who may do what `right` stands for; to be asked for every request."""
        user = self._whoever(connection)
        return user if isinstance(user, Refusal) else may_not(user, right) or user

    def knows(self, connection: HTTPConnection) -> bool:
        """Whether somebody comes who may do anything at all here."""
        return isinstance(self._whoever(connection), User)

    def asking(self, connection: HTTPConnection) -> User:
        """Who may have holes filled.  Raises RequestError."""
        user = self.user_of(connection)
        if isinstance(user, Refusal):
            raise _said(user)
        return user

    async def withdrawn(self, connection: HTTPConnection) -> RequestError:
        """Once who was let in would not be any more; it may never return."""
        return _said(await self._authenticator.withdrawn(connection.headers))

    @contextlib.asynccontextmanager
    async def entered(self, websocket: WebSocket) -> AsyncIterator[User | None]:
        """None is somebody who has been refused.  A conversation whose token is taken back, or
        expires, is closed within `authentication.LOOK_S`.
        """
        user = self._conversing(websocket)
        if isinstance(user, Refusal):
            await websocket.send_denial_response(refused(user))
            yield None
            return
        closing = asyncio.create_task(self._close_when_withdrawn(websocket))
        try:
            with self._counted(user):
                yield user
        finally:
            closing.cancel()

    def _whoever(self, connection: HTTPConnection) -> User | Refusal:
        if len(connection.headers.getlist("authorization")) > 1:
            return Refusal(403, "several Authorization headers: who is asking? send one")
        address = connection.client.host if connection.client else ""
        return self._authenticator.user_of(connection.headers, address)

    def _conversing(self, websocket: WebSocket) -> User | Refusal:
        # only browsers send it: no web page may talk to an engine
        if "origin" in websocket.headers:
            return Refusal(403, "no web page may use this engine: it serves editors")
        user = self.user_of(websocket)
        if isinstance(user, Refusal):
            return user
        if self._open.total() >= MOST_OPEN:
            return Refusal(
                503,
                f"the engine has {MOST_OPEN} clients, the most it takes: come again later",
                30.0,
            )
        if user is not LOCAL and self._open[user.name] >= MOST_OF_A_USER:
            return Refusal(
                429, f"{user.name} has {MOST_OF_A_USER} connections, the most: close one", 30.0
            )
        return user

    @contextlib.contextmanager
    def _counted(self, user: User) -> Iterator[None]:
        self._open[user.name] += 1
        try:
            yield
        finally:
            self._open[user.name] -= 1
            self._open += Counter()  # who has none left is forgotten

    async def _close_when_withdrawn(self, websocket: WebSocket) -> None:
        refusal = await self._authenticator.withdrawn(websocket.headers)
        with contextlib.suppress(RuntimeError):  # it may be gone by now
            await websocket.close(POLICY_VIOLATION, refusal.message[:LONGEST_REASON])


def _said(refusal: Refusal) -> RequestError:
    return RequestError(CODES[refusal.status], refusal.message, refusal.retry_after_s)


def refused(refusal: Refusal) -> PlainTextResponse:
    """What a refusal is over HTTP, in plain words."""
    headers = {"WWW-Authenticate": "Bearer"} if refusal.status == 401 else {}
    if refusal.retry_after_s is not None:
        headers["Retry-After"] = str(math.ceil(refusal.retry_after_s))
    return PlainTextResponse(refusal.message + "\n", refusal.status, headers)
