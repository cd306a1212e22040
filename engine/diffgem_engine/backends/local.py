"""The engine of this machine behind the Backend protocol: text at its edge, and one thread."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from diffgem_engine import __version__
from diffgem_engine.backends.answers import Answers
from diffgem_engine.backends.base import RequestError
from diffgem_engine.backends.requests import Requests
from diffgem_engine.backends.sooner import Sooner
from diffgem_engine.backends.thread import EngineThread
from diffgem_engine.checkpoint.loading import Checkpoint
from diffgem_engine.checkpoint.memory import dtype_name, free_bytes, with_experts
from diffgem_engine.core import canvas
from diffgem_engine.core.engine import Engine, Events
from diffgem_engine.core.failures import Unfilled
from diffgem_engine.core.footprint import cache_room, room
from diffgem_engine.core.kv import PrefixKv
from diffgem_engine.core.prefix_cache import PrefixCache
from diffgem_engine.core.request import InfillIds
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.scheduler import Scheduler
from diffgem_engine.core.sequence import Outcome, Sequence
from diffgem_engine.metrics.meter import Meter
from diffgem_engine.protocol import (
    PROTOCOL_VERSION,
    Infill,
    Progress,
    Result,
    Review,
    Reviewed,
    Welcome,
)

log = logging.getLogger(__name__)

OnProgress = Callable[[Progress], None]


class LocalBackend:
    """Text requests on a checkpoint loaded in this process."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._tokenizer = checkpoint.tokenizer
        self._sooner = Sooner()
        self._meter: Meter | None = None
        self._requests, self._answers = Requests(checkpoint, self._sooner), Answers(checkpoint)
        runner = Runner(checkpoint.model)
        device, free = runner.device, free_bytes(runner.device)
        scheduler = Scheduler(budget=room(device, free))
        self._places = scheduler.max_live
        cache = PrefixCache[PrefixKv](budget=cache_room(device, free))
        self._thread = EngineThread(Engine(runner, checkpoint.form, scheduler, cache))
        self._welcome = Welcome(
            protocol=PROTOCOL_VERSION,
            engine=__version__,
            model=checkpoint.name,
            device=str(runner.device),
            dtype=dtype_name(runner.dtype) + with_experts(checkpoint.quantize),
            max_slots=canvas.LONGEST_CANVAS,
            prompt_tokens=checkpoint.form.prompt_tokens,
            hole_slots=self._requests.hole_slots,
            instructions=checkpoint.form.instructions,
            gate=checkpoint.gate,
        )

    @property
    def welcome(self) -> Welcome:
        return self._welcome

    @property
    def most_at_once(self) -> int:
        return self._places

    @property
    def broken(self) -> bool:
        return self._thread.broken

    def when_broken(self, call: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        self._thread.when_broken(lambda: _call(loop, call))

    def report_to(self, meter: Meter) -> None:
        self._meter = meter
        meter.watch_queue("engine", lambda: self._thread.waiting)

    async def infill(self, request: Infill, on_progress: OnProgress | None = None) -> Result:
        """Fill the request's holes.  Cancelling this takes effect at the next step.

        Raises RequestError: "bad-request" for a canvas that cannot be laid out, "overloaded" where
        the device has no memory for it, "draining" when the backend closes first, "internal" when
        it is broken.
        """
        arrived = time.perf_counter()
        loop = asyncio.get_running_loop()

        def stepped(sequence: Sequence) -> None:
            if on_progress is not None:
                _call(loop, on_progress, self._answers.progress(request.id, sequence))

        sequence = await self._done(self._requests.infill(request), arrived, stepped)
        self._sooner.note(sequence)
        self._report(sequence)
        return self._answers.result(request, sequence)

    async def review(self, request: Review) -> Reviewed:
        """Raises and is cancelled as `infill` is: "bad-request" for code longer than a canvas."""
        arrived = time.perf_counter()
        sequence = await self._done(self._requests.review(request), arrived)
        return self._answers.reviewed(request, sequence)

    def _report(self, sequence: Sequence) -> None:
        """Nothing of one that was answered by a draft."""
        if self._meter is not None and sequence.steps:
            written = sequence.request.path == "autoregressive"
            path = "autoregressive" if written else "diffusion"
            self._meter.stepped(path, sequence.steps, self._answers.written(sequence))

    async def _done(
        self,
        ids: InfillIds,
        arrived: float,
        stepped: Callable[[Sequence], None] = lambda _: None,
    ) -> Sequence:
        """The sequence of `ids` at its end."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Sequence] = loop.create_future()

        def finished(sequence: Sequence, outcome: Outcome, error: BaseException | None) -> None:
            _call(loop, _resolve, done, sequence, outcome, error)

        sequence = self._thread.submit(ids, Events(finished, stepped), arrived)
        try:
            return await done
        except asyncio.CancelledError:
            sequence.cancelled = True
            raise

    async def count(self, texts: Iterable[str]) -> tuple[int, ...]:
        """In a thread of its own, which nobody can end: cancelling this waits for it, so that who
        gives up one count after another has no more of them at work than others.
        """
        counting = asyncio.ensure_future(asyncio.to_thread(self._count, texts))
        try:
            return await asyncio.shield(counting)
        except asyncio.CancelledError:
            await asyncio.wait([counting])
            raise

    def _count(self, texts: Iterable[str]) -> tuple[int, ...]:
        return tuple(len(self._tokenizer.encode(text)) for text in texts)

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.close)


def _call(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *args: Any) -> None:
    """Call `function` on the loop's thread; a loop that is gone has nobody left to tell."""
    try:
        loop.call_soon_threadsafe(function, *args)
    except RuntimeError:
        log.debug("the event loop closed before a sequence finished")


def _resolve(
    done: "asyncio.Future[Sequence]",
    sequence: Sequence,
    outcome: Outcome,
    error: BaseException | None,
) -> None:
    if done.done():
        return
    if outcome is Outcome.FAILED:
        done.set_exception(_said(error))
    elif outcome is Outcome.CANCELLED:
        done.cancel()
    else:
        done.set_result(sequence)


def _said(error: BaseException | None) -> BaseException:
    """In the client's words, where the client can do something about it."""
    if isinstance(error, Unfilled):
        return RequestError(error.code, str(error))
    return error or RuntimeError("the engine failed without saying why")
