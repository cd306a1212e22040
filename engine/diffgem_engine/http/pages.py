"""What clients ask before they post: which models there are, and what the server can."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from diffgem_engine import __version__
from diffgem_engine.backends import RequestError
from diffgem_engine.http import errors
from diffgem_engine.http.posts import Facade
from diffgem_engine.http.reading import refuse_browsers, trace_of

NOWHERE = (
    "nothing is asked at this path: completions are at /v1/completions, /v1/fim/completions and "
    "/infill, and there is no chat here"
)

Page = Callable[[Request], Response]


async def nowhere(request: Request, _: Exception) -> Response:
    """A client of OpenAI's that asks for what there is not is told so as it reads refusals."""
    return errors.response(RequestError("not-found", NOWHERE), trace_of(request))


def guarded(facade: Facade, page: Callable[[Facade, Request], dict[str, Any]]) -> Any:
    """An endpoint that answers `page`'s body to a known user who is no web page."""

    async def endpoint(request: Request) -> Response:
        trace = trace_of(request)
        try:
            refuse_browsers(request)
            facade.user_of(request)
            return JSONResponse(page(facade, request), headers={"X-Request-Id": trace})
        except Exception as error:
            return errors.response(errors.said(error, errors.Asking(trace)), trace)

    return endpoint


def models(facade: Facade, _request: Request) -> dict[str, Any]:
    return {"object": "list", "data": [_model(facade)]}


def model(facade: Facade, request: Request) -> dict[str, Any]:
    name, ours = request.path_params["name"], facade.front.welcome.model
    if name != ours:
        raise RequestError("not-found", f"there is no model {name!r} here: ask for {ours!r}")
    return _model(facade)


def props(facade: Facade, _request: Request) -> dict[str, Any]:
    """llama.cpp's, as far as there is such a thing here."""
    welcome = facade.front.welcome
    return {
        "default_generation_settings": {"n_ctx": welcome.prompt_tokens},
        "total_slots": 1,
        "model_path": welcome.model,
        "chat_template": "",
        "build_info": f"diffgem-{__version__}",
    }


def _model(facade: Facade) -> dict[str, Any]:
    welcome = facade.front.welcome
    started = facade.lifecycle.started_at
    return {
        "id": welcome.model,
        "object": "model",
        "created": started,
        "owned_by": "diffgem",
        "max_model_len": welcome.prompt_tokens,
        "capabilities": {"completion_fim": True, "completion_chat": False},
    }
