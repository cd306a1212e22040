"""The one thread that steps an engine."""

import contextlib
import logging
import queue
import threading
from collections.abc import Callable

from diffgem_engine.backends.base import RequestError, draining
from diffgem_engine.core.engine import Engine, Events
from diffgem_engine.core.request import InfillIds
from diffgem_engine.core.sequence import Sequence

CLOSE_S = 30.0  # for a step to end: a device that hangs must not keep its successor waiting

log = logging.getLogger(__name__)


class EngineThread:
    """Steps an engine for as long as it has work; sleeps on its queue otherwise.

    Should the engine itself fail, not one sequence, everything that waits fails, and so does
    whatever comes later: nobody waits for a thread that is gone.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._when_broken: Callable[[], None] = _nobody
        self._inbox: queue.SimpleQueue[tuple[Sequence, Events] | None] = queue.SimpleQueue()
        self._door = threading.Lock()
        self._refusal: Callable[[], RequestError] | None = None
        self._thread = threading.Thread(target=self._run, name="diffgem-engine", daemon=True)
        self._thread.start()

    @property
    def broken(self) -> bool:
        """The thread has ended, and nobody told it to."""
        return self._refusal is _broken

    @property
    def waiting(self) -> int:
        """Sequences that the engine has no place for yet."""
        return self._inbox.qsize() + self._engine.waiting

    def when_broken(self, call: Callable[[], None]) -> None:
        """Have `call` called once that is so: on the thread as it ends, or now."""
        with self._door:
            self._when_broken = call
            ended = self.broken
        if ended:
            call()

    def submit(self, request: InfillIds, events: Events, arrived: float) -> Sequence:
        """Queue a request that arrived at that time of the engine's clock.

        Setting `cancelled` on what comes back gives it up.

        Raises RequestError: "draining" once the thread is closed, "internal" if it is broken.
        """
        sequence = self._engine.sequence(request, arrived)
        with self._door:  # what followed the end of the thread would wait for ever
            if self._refusal is not None:
                raise self._refusal()
            self._inbox.put((sequence, events))
        return sequence

    def close(self) -> None:
        """End the thread after its current step; what it has not finished fails."""
        with self._door:
            self._refusal = self._refusal or draining
            self._inbox.put(None)
        self._thread.join(CLOSE_S)
        if self._thread.is_alive():
            log.error("the engine's thread hangs in a step and is left behind")

    def _run(self) -> None:
        try:
            while self._receive():
                if not self._engine.idle:
                    self._engine.step()
        except BaseException:  # a thread has nobody else to tell
            log.critical("the engine's thread ended: nothing more will be filled", exc_info=True)
            self._fail_all(_broken)
            self._when_broken()
        else:
            self._fail_all(draining)

    def _receive(self) -> bool:
        """Take in what has arrived, waiting for it when there is nothing else to do."""
        while True:
            try:
                arrived = self._inbox.get(block=self._engine.idle)
            except queue.Empty:
                return True
            if arrived is None:
                return False
            self._engine.add(*arrived)

    def _fail_all(self, refusal: Callable[[], RequestError]) -> None:
        """What the engine has, and what has arrived since; from now on nothing else does."""
        with self._door:
            self._refusal = refusal
        with contextlib.suppress(queue.Empty):
            while True:
                if (arrived := self._inbox.get(block=False)) is not None:
                    self._engine.add(*arrived)
        self._engine.fail_all(refusal())


def _nobody() -> None: ...


def _broken() -> RequestError:
    return RequestError("internal", "the engine has failed: restart it, and see its log for why")
