"""An engine's welcome: waited for as long as it gets on."""

import asyncio

from diffgem_engine import load_progress
from diffgem_engine.endpoint import Endpoint, UnixEndpoint, cache_folder, engine_pid
from diffgem_engine.protocol import Welcome
from diffgem_lsp.engine import ending
from diffgem_lsp.engine.errors import EngineUnavailable
from diffgem_lsp.engine.process import LOG
from diffgem_lsp.privacy.guarded import GuardedEngine

SILENT_S = 10.0


async def welcome_of(engine: GuardedEngine, place: Endpoint) -> Welcome:
    """However long it loads, but not from one that is there and does nothing.

    Raises EngineError.
    """
    asked = asyncio.ensure_future(engine.ready())
    while not (await asyncio.wait({asked}, timeout=SILENT_S))[0]:
        if (pid := _idle(place)) is not None:
            asked.cancel()
            raise EngineUnavailable(
                f"the engine on {place} (pid {pid}) does not answer: run kill -9 {pid}, and the "
                f"next request starts another; what it did last is in {cache_folder() / LOG}"
            )
    return asked.result()


def _idle(place: Endpoint) -> int | None:
    """The process that has the endpoint and loads nothing.  Over TCP nobody can tell."""
    if not isinstance(place, UnixEndpoint) or load_progress.read(place) is not None:
        return None
    return engine_pid(place) if ending.is_held(place) else None
