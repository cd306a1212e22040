"""What the engine answers: a websocket for clients, HTTP for others, pages for who runs it."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from diffgem_engine.access.authentication import Authenticator
from diffgem_engine.access.door import Door, refused
from diffgem_engine.access.refusals import Refusal
from diffgem_engine.access.users import METRICS
from diffgem_engine.backends import Backend
from diffgem_engine.endpoint import WS_PATH
from diffgem_engine.http.bodies import BoundedBodies
from diffgem_engine.http.pages import nowhere
from diffgem_engine.http.posts import Facade
from diffgem_engine.http.routes import routes
from diffgem_engine.metrics.meter import Metered
from diffgem_engine.metrics.metrics import Metrics
from diffgem_engine.metrics.page import metrics_page
from diffgem_engine.process.health import health_page, ready_page
from diffgem_engine.process.session import Session
from diffgem_engine.serving.front import Front
from diffgem_engine.serving.lifecycle import Lifecycle
from diffgem_engine.serving.observed import ObservedFront


def create_app(
    backend: Backend,
    lifecycle: Lifecycle,
    authenticator: Authenticator,
    *,
    metrics_by_user: bool = False,
) -> Starlette:
    metrics = _metrics(backend, by_user=metrics_by_user)
    inner = Front(backend, metrics.waiting)
    for turnstile in inner.turnstiles:
        lifecycle.attend(turnstile)
    front, door = ObservedFront(inner, metrics), Door(authenticator)
    facade = Facade(front, lifecycle, door.asking, door.withdrawn, backend.count)
    app = Starlette(
        routes=[
            *_pages(backend, lifecycle, door, metrics),
            _conversations(front, lifecycle, door, metrics),
            *routes(facade),
        ],
        middleware=[Middleware(BoundedBodies)],
        exception_handlers={404: nowhere},
    )
    app.router.redirect_slashes = False  # to wherever the request says that it was sent
    return app


def _conversations(
    front: ObservedFront, lifecycle: Lifecycle, door: Door, metrics: Metrics
) -> WebSocketRoute:
    async def converse(websocket: WebSocket) -> None:
        async with door.entered(websocket) as user:
            if user is None:
                return
            session = Session(websocket, user, front, lifecycle.end)
            with lifecycle.hosting(session), metrics.connection(user):
                await session.run()

    return WebSocketRoute(WS_PATH, converse)


def _pages(backend: Backend, lifecycle: Lifecycle, door: Door, metrics: Metrics) -> list[Route]:
    async def health(request: Request) -> Response:
        return health_page(backend, lifecycle, known=door.knows(request))

    async def ready(request: Request) -> Response:
        return await ready_page(backend, lifecycle, known=door.knows(request))

    async def figures(request: Request) -> Response:
        user = door.user_of(request, METRICS)
        return refused(user) if isinstance(user, Refusal) else metrics_page(request, user, metrics)

    return [Route("/health", health), Route("/ready", ready), Route("/metrics", figures)]


def _metrics(backend: Backend, *, by_user: bool) -> Metrics:
    metrics = Metrics(backend.welcome, by_user=by_user)
    if isinstance(backend, Metered):
        backend.report_to(metrics)
    return metrics
