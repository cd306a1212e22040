"""A connection to an engine, kept: found or started, restored when it is lost."""

import asyncio
import logging
import math
from collections.abc import Callable
from enum import Enum

from diffgem_engine.endpoint import Endpoint
from diffgem_engine.protocol import Welcome
from diffgem_lsp.engine.access import Access
from diffgem_lsp.engine.connection import EngineConnection
from diffgem_lsp.engine.errors import EngineError, EngineLost, EngineUnavailable, NobodyListens
from diffgem_lsp.engine.outlook import Outlook, OutlookListener, watch
from diffgem_lsp.engine.process import Launcher
from diffgem_lsp.engine.start import connect_or_start
from diffgem_lsp.engine.timing import Timing

log = logging.getLogger(__name__)


class EngineState(Enum):
    """FAILED is entered with a message for the user, after each retry that fails again."""

    IDLE = "idle"
    STARTING = "starting"
    READY = "ready"
    LOST = "lost"
    FAILED = "failed"
    CLOSED = "closed"


StateListener = Callable[[EngineState, str], None]


class Kept:
    """It starts on the first request or on `start`.  After `timing.attempts` failures in a row, or
    a permanent one, it is FAILED and requests raise EngineUnavailable at once.  A request after
    `timing.retry` seconds, or `absent`, makes it try again unless the failure was permanent; so
    does `retry`.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        launcher: Launcher | None,
        on_state: StateListener,
        timing: Timing,
        *,
        access: Access,
        on_outlook: OutlookListener,
    ) -> None:
        """`on_outlook` hears how a start goes."""
        self.state = EngineState.IDLE
        self.message = ""
        self._endpoint, self._launcher, self._access = endpoint, launcher, access
        self._on_state, self._on_outlook = on_state, on_outlook
        self._timing = timing
        self._connection: EngineConnection | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._wanted = asyncio.Event()
        self._retry_at = 0.0

    def start(self) -> None:
        """Begin to connect; needs a running loop."""
        if self._supervisor is None and self.state is not EngineState.CLOSED:
            self._supervisor = asyncio.create_task(self._supervise())

    def retry(self) -> None:
        """The user has acted: if FAILED, try again."""
        self._wanted.set()

    async def ready(self) -> Welcome:
        """Wait for the connection.  Raises EngineUnavailable, or EngineLost if closed."""
        return (await self._connected()).welcome

    @property
    def welcome(self) -> Welcome | None:
        """What is known of the engine without waiting for one."""
        connection = self._connection
        return connection.welcome if connection is not None and connection.alive else None

    def let_go(self) -> None:
        """Take no new requests and try no more to connect; `close` has to follow."""
        self._enter(EngineState.CLOSED)
        if self._supervisor is not None:
            self._supervisor.cancel()

    async def close(self) -> None:
        """Requests in flight fail with EngineLost.  The engine itself stays for other editors."""
        self.let_go()
        if self._supervisor is not None:
            await asyncio.wait({self._supervisor})
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    @property
    def _log(self) -> str:
        return str(self._launcher.log) if self._launcher is not None else "its log"

    async def _connected(self) -> EngineConnection:
        self.start()
        while self._connection is None or not self._connection.alive:
            if self.state is EngineState.CLOSED:
                raise EngineLost("the client is closed")
            if self.state is EngineState.FAILED:
                if self._timing.clock() >= self._retry_at:
                    self._wanted.set()
                raise EngineUnavailable(self.message)
            await self._changed.wait()
        return self._connection

    async def _supervise(self) -> None:
        while True:
            try:
                await self._keep_connected()
            except Exception as error:
                log.exception("the engine client stopped")
                await self._fail(
                    f"internal error: {error!r}; restart the server", retry_at=math.inf
                )

    async def _keep_connected(self) -> None:
        failures = 0
        while True:
            try:
                if await self._stay_connected():
                    failures = 0
                self._enter(EngineState.LOST, "the engine is gone")
                failure: EngineError = EngineLost(f"the engine keeps stopping: see {self._log}")
            except EngineError as error:
                failure = error
            failures = await self._after_failure(failure, failures + 1)

    async def _stay_connected(self) -> bool:
        """Connect; once the connection is lost, whether it was a good one: to somebody who had
        answers, its end is the first failure.
        """
        if self.state is EngineState.IDLE:
            self._enter(EngineState.STARTING)
        self._connection = connection = await self._connect()
        since = self._timing.clock()
        self._enter(EngineState.READY, connection.welcome.model)
        await connection.wait_closed()
        self._connection = None
        return connection.answered or self._timing.clock() - since >= self._timing.steady

    async def _connect(self) -> EngineConnection:
        looking = watch(self._endpoint, self._timing.look, self._on_outlook)
        watching = asyncio.create_task(looking)
        try:
            return await connect_or_start(
                self._endpoint, self._launcher, self._timing, self._access
            )
        finally:
            watching.cancel()

    async def _after_failure(self, error: EngineError, failures: int) -> int:
        """Wait for the next attempt; return how many failures count then."""
        log.warning("no engine: %s", error)
        permanent = isinstance(error, EngineUnavailable) and error.permanent
        absent = isinstance(error, NobodyListens)
        if not permanent and failures < self._timing.attempts:
            pause = self._timing.backoff(failures - 1, absent=absent)
            self._on_outlook(Outlook(retry_in_s=pause))
            await self._timing.sleep(pause)
            return failures
        rest = self._timing.absent if absent else self._timing.retry
        await self._fail(
            str(error), retry_at=math.inf if permanent else self._timing.clock() + rest
        )
        return self._timing.attempts - 1

    async def _fail(self, message: str, *, retry_at: float) -> None:
        """Until somebody wants it to try again."""
        self._retry_at = retry_at
        self._wanted.clear()
        self._enter(EngineState.FAILED, message)
        await self._wanted.wait()
        self._enter(EngineState.STARTING)

    def _enter(self, state: EngineState, message: str = "") -> None:
        self.message = message
        if state is self.state:
            return
        self.state = state
        self._changed.set()
        self._changed = asyncio.Event()
        self._on_state(state, message)
