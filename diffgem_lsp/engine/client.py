"""The language server's engine, asked: any number of requests at once over one connection."""

import logging
from collections.abc import Callable, Sequence
from typing import Unpack

from diffgem_engine.endpoint import Endpoint
from diffgem_engine.protocol import Result, Review, Reviewed, Segment
from diffgem_lsp import tracing
from diffgem_lsp.engine.access import BY_ENVIRONMENT, Access
from diffgem_lsp.engine.api import Wishes, infill_of
from diffgem_lsp.engine.in_flight import AheadListener, InFlight
from diffgem_lsp.engine.keeping import EngineState, Kept, StateListener
from diffgem_lsp.engine.outlook import OutlookListener
from diffgem_lsp.engine.process import Launcher
from diffgem_lsp.engine.rest import Rest
from diffgem_lsp.engine.timing import Timing

__all__ = ["EngineClient", "EngineState", "StateListener"]

log = logging.getLogger(__name__)


class EngineClient(Kept):
    """What can be asked; how it is kept connected, `Kept` says."""

    def __init__(
        self,
        endpoint: Endpoint,
        launcher: Launcher | None = None,
        on_state: StateListener = lambda state, message: None,
        timing: Timing | None = None,
        *,
        access: Access = BY_ENVIRONMENT,
        on_outlook: OutlookListener = lambda outlook: None,
        on_active: Callable[[int], None] = lambda count: None,
        on_ahead: AheadListener = lambda ahead: None,
    ) -> None:
        """Of the last two see `InFlight`, of all others `Kept`."""
        timing = timing or Timing()
        super().__init__(endpoint, launcher, on_state, timing, access=access, on_outlook=on_outlook)
        self._in_flight = InFlight(on_active, on_ahead)
        self._rest = Rest(timing.clock)

    @property
    def rest_s(self) -> float:
        """For so long the engine wants to be left alone, by its latest refusals."""
        return self._rest.left_s

    async def infill(
        self, prefix: str, suffix: str, canvas: Sequence[Segment], **wishes: Unpack[Wishes]
    ) -> Result:
        """Waits for an engine if need be, which the deadline does not count.  Cancelling it
        cancels the engine's work.

        Raises EngineUnavailable, EngineLost, RequestRefused.
        """
        connection = await self._connected()
        request = infill_of(prefix, suffix, canvas, wishes)
        log.debug("engine asked: %s, trace %s", request.task, request.trace or "none")
        with self._in_flight.one() as on_ahead, self._rest.heeded():
            return await connection.infill(request, wishes.get("on_progress"), on_ahead)

    async def review(
        self, prefix: str, code: str, suffix: str, *, priority: str = "background"
    ) -> Reviewed:
        """What the model thinks of every token of `code`.  Waits and raises as `infill` does."""
        connection = await self._connected()
        request = Review(0, prefix, code, suffix, priority, tracing.current())
        log.debug("engine asked: review, trace %s", request.trace or "none")
        with self._in_flight.one() as on_ahead, self._rest.heeded():
            return await connection.review(request, on_ahead)

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        """How many tokens each text has, of `wire.MAX_ITEMS` at most.

        Waits and raises as `infill` does.
        """
        connection = await self._connected()
        with self._rest.heeded():
            return await connection.count(texts)
