"""Where each shape is asked."""

from starlette.routing import BaseRoute, Route

from diffgem_engine.http import completions, fim, infill, pages
from diffgem_engine.http.posts import Facade, Post


def routes(facade: Facade) -> list[BaseRoute]:
    posts = {
        "/v1/completions": Post(facade, completions.read),
        "/v1/fim/completions": Post(facade, fim.read),
        "/infill": Post(facade, infill.read),
    }
    return [
        *(Route(path, endpoint, methods=["POST"]) for path, endpoint in posts.items()),
        Route("/v1/models", pages.guarded(facade, pages.models)),
        Route("/v1/models/{name:path}", pages.guarded(facade, pages.model)),
        Route("/props", pages.guarded(facade, pages.props)),
    ]
