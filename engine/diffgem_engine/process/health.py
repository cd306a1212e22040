"""`GET /health`: is it alive?  `GET /ready`: can it fill now?

Nobody needs a token for that answer; the rest of each page is for those who are known.
"""

import os

from starlette.responses import JSONResponse

from diffgem_engine import __version__, logs
from diffgem_engine.backends import Backend
from diffgem_engine.backends.base import Reachable, draining
from diffgem_engine.protocol import PROTOCOL_VERSION
from diffgem_engine.serving.lifecycle import Lifecycle


def health_page(backend: Backend, lifecycle: Lifecycle, *, known: bool) -> JSONResponse:
    """503 for an engine that has failed for good: nothing but a restart helps."""
    status = "broken" if backend.broken else "draining" if lifecycle.draining else "ok"
    details = _details(backend, lifecycle) if known else {}
    return JSONResponse({"status": status, **details}, 503 if backend.broken else 200)


async def ready_page(backend: Backend, lifecycle: Lifecycle, *, known: bool) -> JSONResponse:
    """503 while requests should go elsewhere, with the reason in words."""
    reason = await _unready(backend, lifecycle)
    body = {"ready": not reason, **({"reason": reason} if known else {})}
    return JSONResponse(body, 503 if reason else 200)


def _details(backend: Backend, lifecycle: Lifecycle) -> dict[str, object]:
    welcome = backend.welcome
    return {
        "model": welcome.model,
        "device": welcome.device,
        "dtype": welcome.dtype,
        "version": __version__,
        "protocol": PROTOCOL_VERSION,
        "uptime_s": round(lifecycle.uptime_s, 3),
        "active_requests": lifecycle.active,
        "pid": os.getpid(),
        "log": logs.trouble() or "ok",
    }


async def _unready(backend: Backend, lifecycle: Lifecycle) -> str:
    """Empty where it can fill."""
    if backend.broken:
        return "the engine has failed: restart it, and see its log for why"
    if lifecycle.draining:
        return draining().message
    return await backend.unready() if isinstance(backend, Reachable) else ""
