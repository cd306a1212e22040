"""What the engine answers: a websocket for clients, HTTP for others, and a health page."""

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from diffgem_engine import __version__
from diffgem_engine.access.users import LOCAL
from diffgem_engine.backends import Backend
from diffgem_engine.endpoint import WS_PATH
from diffgem_engine.http.posts import Facade
from diffgem_engine.http.routes import routes
from diffgem_engine.lifecycle import Lifecycle
from diffgem_engine.protocol import PROTOCOL_VERSION
from diffgem_engine.serving.front import Front
from diffgem_engine.session import Session


def create_app(backend: Backend, lifecycle: Lifecycle) -> Starlette:
    front = Front(backend)

    async def converse(websocket: WebSocket) -> None:
        # only browsers send it: no web page may talk to an engine on loopback
        if "origin" in websocket.headers:
            await websocket.close()
            return
        session = Session(websocket, LOCAL, front, lifecycle.end)
        with lifecycle.hosting(session):
            await session.run()

    async def health(_request: Request) -> JSONResponse:
        status = 503 if backend.broken else 200
        return JSONResponse(_health(backend, lifecycle), status)

    facade = Facade(front, lifecycle, lambda _: LOCAL, backend.count)
    return Starlette(
        routes=[
            Route("/health", health),
            WebSocketRoute(WS_PATH, converse),
            *routes(facade),
        ]
    )


def _health(backend: Backend, lifecycle: Lifecycle) -> dict[str, object]:
    welcome = backend.welcome
    status = "broken" if backend.broken else "draining" if lifecycle.draining else "ok"
    return {
        "status": status,
        "model": welcome.model,
        "device": welcome.device,
        "dtype": welcome.dtype,
        "version": __version__,
        "protocol": PROTOCOL_VERSION,
        "uptime_s": round(lifecycle.uptime_s, 3),
        "active_requests": lifecycle.active,
        "pid": os.getpid(),
    }
