"""An engine on its thread, as a backend has it, asked in token ids by users on an event loop."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import frozen

from diffgem_engine.backends.thread import EngineThread
from diffgem_engine.bench.figures import BenchError
from diffgem_engine.bench.setup import Setup
from diffgem_engine.checkpoint.memory import free_bytes
from diffgem_engine.core.engine import Engine, Events
from diffgem_engine.core.footprint import cache_room, room
from diffgem_engine.core.kv import PrefixKv
from diffgem_engine.core.prefix_cache import PrefixCache
from diffgem_engine.core.request import InfillIds
from diffgem_engine.core.scheduler import Scheduler
from diffgem_engine.core.sequence import Outcome, Sequence

Stepped = Callable[[Sequence], None]


@frozen
class Asked:
    """A request on its way; `done` has the milliseconds that it took, cancelled or not, or a
    BenchError.
    """

    sequence: Sequence
    done: "asyncio.Future[float]"


class Served:
    """With the cache and the admission that users have."""

    def __init__(self, setup: Setup) -> None:
        device, free = setup.device, free_bytes(setup.device)
        scheduler = Scheduler(budget=room(device, free))
        cache = PrefixCache[PrefixKv](budget=cache_room(device, free))
        engine = Engine(setup.runner, setup.checkpoint.form, scheduler, cache)
        self._thread = EngineThread(engine)

    def ask(self, request: InfillIds, stepped: Stepped = lambda _: None) -> Asked:
        """On the running loop; `stepped` is called on the engine's thread."""
        began = time.perf_counter()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[float] = loop.create_future()

        def finished(_: Sequence, __: Outcome, error: BaseException | None) -> None:
            if error is not None:
                failed = BenchError(f"a request failed: {error}")
                loop.call_soon_threadsafe(done.set_exception, failed)
            else:
                loop.call_soon_threadsafe(done.set_result, 1000 * (time.perf_counter() - began))

        return Asked(self._thread.submit(request, Events(finished, stepped), began), done)

    def close(self) -> None:
        self._thread.close()


@contextmanager
def served(setup: Setup) -> Iterator[Served]:
    one = Served(setup)
    try:
        yield one
    finally:
        one.close()
